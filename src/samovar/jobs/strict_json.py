"""What a job hands over to be kept, as JSON text that comes back from every database as it was."""

from __future__ import annotations

import json
import re
from typing import Any

from django.utils.translation import gettext as _

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON writes it; after an odd backslash it is a backslash and some letters."""


class HasNul(ValueError):
    """A text has the character NUL, which PostgreSQL refuses."""


def strict_json(value: Any) -> str:
    """Return `value` as JSON text.

    Raises TypeError, ValueError (HasNul, or UnicodeEncodeError for half a character) or
    RecursionError, and whatever a class of the job's own raises while it is written.
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    if _NUL.search(text):
        raise HasNul(_("databases refuse the character NUL"))
    return text
