"""The key of a run: what its `unique` or its `concurrency` is counted by, made from the params."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from samovar.exceptions import InvalidJob

if TYPE_CHECKING:
    from samovar.jobs.signature import Signature

KeyRule = bool | str | tuple[str, ...] | Callable[..., object]
"""True: all params. A name or several: these. A text with braces: a format. Or a function."""

LONGEST = 160
"""Characters of a key as it is; of a longer one its hash is kept."""


class Key:
    """A rule that makes a key of a run's params."""

    def __init__(self, read: Callable[[Mapping[str, Any]], object]) -> None:
        self._read = read

    @classmethod
    def of(cls, option: str, rule: KeyRule, signature: Signature) -> Key | None:
        """Return the rule as said in the option of this name; None when it was switched off.

        Raises InvalidJob when it names no parameter of the job.
        """
        if rule is False:
            return None
        if rule is True:
            return cls(_canonical)
        if callable(rule):
            return cls(lambda params: rule(**signature.load(params)))
        if isinstance(rule, str) and "{" in rule:
            _refuse_unknown(option, rule, _fields(option, rule), signature)
            return cls(lambda params: rule.format(**signature.load(params)))
        names = (rule,) if isinstance(rule, str) else rule
        if not (_is_tuple(names) and names):
            raise InvalidJob(
                f"{option}={rule!r}: say True (all params), a parameter's name or several in a "
                'tuple, a text such as "{user_id}", or give a function of the params.'
            )
        _refuse_unknown(option, rule, names, signature)
        return cls(lambda params: _canonical({name: params[name] for name in names}))

    def __call__(self, params: Mapping[str, Any]) -> str | None:
        """Return the key of a run with these stored params; None when the rule makes none."""
        made = self._read(params)
        if made is None:
            return None
        text = str(made)
        if len(text) <= LONGEST and text.isprintable():
            return text
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_tuple(given: object) -> bool:
    return isinstance(given, tuple)


def _canonical(params: Mapping[str, Any]) -> str:
    """Return `user=7, day="2026-01-02"`: to be read by people too."""
    return ", ".join(
        f"{name}={json.dumps(params[name], sort_keys=True, ensure_ascii=False)}"
        for name in sorted(params)
    )


def _fields(option: str, text: str) -> list[str]:
    try:
        named = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise InvalidJob(f"{option}={text!r} is no format: {error}.") from error
    return [field.partition(".")[0].partition("[")[0] for field in named]


def _refuse_unknown(
    option: str, rule: object, names: tuple[Any, ...] | list[str], signature: Signature
) -> None:
    if unknown := [name for name in names if name not in signature]:
        there = ", ".join(parameter.name for parameter in signature.parameters) or "none"
        raise InvalidJob(
            f"{option}={rule!r}: the job has no parameter {unknown[0]!r}. There are: {there}."
        )
