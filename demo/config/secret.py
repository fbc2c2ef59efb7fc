"""The key of a site that nobody has configured yet."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def development_key(path: Path) -> str:
    """Return the key that stands in `path`; make one there the first time, readable by its owner
    alone.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii")
