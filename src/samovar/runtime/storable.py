"""Make what a job says fit to be kept: PostgreSQL refuses the character NUL and half characters.

What a job returns or saves is refused for them where it is made; what it says in passing (an
error's text, progress) is not worth an error of its own.
"""

from __future__ import annotations

import json
import re
from typing import Any

_UNFIT = re.compile("[\0\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def text(value: str) -> str:
    """Return `value` with the characters replaced that a database does not take."""
    return _UNFIT.sub(REPLACEMENT, value)


def json_value(source: str) -> Any:
    """Return what the JSON text `source` says, its texts fit to be kept."""
    value = json.loads(source)
    return _fit(value) if "\\u" in source or _UNFIT.search(source) else value


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_fit(each) for each in value]
    if isinstance(value, dict):
        return {text(key): _fit(each) for key, each in value.items()}
    return value
