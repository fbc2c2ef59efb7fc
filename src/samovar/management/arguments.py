"""The options of `manage.py samovar run JOB`: a view of the job's Signature.

`--num-seconds 5`, `--num-seconds=5` and `--num_seconds 5` are one option. A bool is `--flag`,
`--no-flag` or `--flag=false`. An option of a list stands once for each member. All faults are told
at once.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from samovar.exceptions import InvalidParams
from samovar.jobs.files import close
from samovar.jobs.job import Job
from samovar.jobs.parameter import Parameter
from samovar.jobs.shape import Kind
from samovar.jobs.signature import Signature
from samovar.jobs.text import to_text

INDENT = " " * 6


def read(job: Job, words: list[str]) -> dict[str, Any]:
    """Return the params that `words` stand for.

    Raises InvalidParams with every fault, each under the option as it is written
    ("--num-seconds").
    """
    found = _Found(job.signature)
    found.take(list(words))
    files = found.open_files()
    try:
        params = job.signature.validate_text(found.texts, files)
    except InvalidParams as invalid:
        doubtful = {name for name, _message in found.faults}
        found.faults += [
            (option_of(name), message)
            for name, message in invalid.errors
            if option_of(name) not in doubtful
        ]
    if found.faults:
        close(files)
        raise InvalidParams(found.faults)
    return params


def option_of(name: str) -> str:
    """Return a parameter's name as an option is written."""
    return f"--{name.replace('_', '-')}" if name else ""


def help_text(job: Job) -> str:
    """Return the help of `manage.py samovar run JOB --help`."""
    prose = f"\n\n{job.help}" if job.help else ""
    options = "\n".join(_described(parameter) for parameter in job.signature.parameters)
    return f"{job.title}{prose}\n\n{options or _('This job takes no options.')}"


@dataclass
class _Found:
    """What has been read so far: the texts of each parameter, and what could not be read."""

    signature: Signature
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    faults: list[tuple[str, str]] = field(default_factory=list)

    def take(self, words: list[str]) -> None:
        """Read all words, the first one first."""
        while words:
            word = words.pop(0)
            if not word.startswith("--") or word == "--":
                self.faults.append(
                    (repr(word), _("Write an option before the value, as --name value."))
                )
                continue
            option, has_value, value = word.partition("=")
            self._option(option, [value] if has_value else None, words)

    def open_files(self) -> dict[str, File[bytes]]:
        """Open the files whose paths were given, in place of the paths."""
        files = {}
        for name in self.signature.files:
            paths = self.texts.get(name, [])
            if len(paths) != 1 or not paths[0]:  # the Signature says what is wrong with that
                continue
            try:
                files[name] = _opened(paths[0])
            except OSError as error:
                words = _("%(path)s cannot be read: %(why)s.")
                told = words % {"path": paths[0], "why": error.strerror or error}
                self.faults.append((option_of(name), told))
            del self.texts[name]
        return files

    def _option(self, option: str, given: list[str] | None, rest: list[str]) -> None:
        name = option.removeprefix("--").replace("-", "_")
        if name in self.signature:
            text = self._value(self.signature[name], given, rest)
        elif given is None and self._is_refusal(name):
            name, text = name.removeprefix("no_"), "false"
        else:
            self.faults.append((option, self._unknown(option)))
            _skip_value(rest, given)
            return
        if text is None:
            self.faults.append(
                (option_of(name), _("Give a value, as %(option)s VALUE.") % {"option": option})
            )
        else:
            self.texts[name].append(text)

    def _value(self, parameter: Parameter, given: list[str] | None, rest: list[str]) -> str | None:
        """Return the option's value: after its "=", or the next word; None when there is none."""
        if given is not None:
            return given[0]
        if rest and not rest[0].startswith("--"):
            return rest.pop(0)
        return "true" if parameter.shape.kind is Kind.BOOLEAN else None

    def _is_refusal(self, name: str) -> bool:
        """Return whether `name` is that of a bool with `no_` before it."""
        bare = name.removeprefix("no_")
        return (
            bare != name
            and bare in self.signature
            and self.signature[bare].shape.kind is Kind.BOOLEAN
        )

    def _unknown(self, option: str) -> str:
        options = [option_of(parameter.name) for parameter in self.signature.parameters]
        near = difflib.get_close_matches(option, options, n=1)
        if near:
            return _("There is no such option. Did you mean %(option)s?") % {"option": near[0]}
        if not options:
            return _("There is no such option; this job takes none.")
        return _("There is no such option. There are: %(options)s.") % {
            "options": ", ".join(options)
        }


def _opened(path: str) -> File[bytes]:
    file = Path(path).expanduser()
    return File(file.open("rb"), name=file.name)


def _skip_value(rest: list[str], given: list[str] | None) -> None:
    """Drop the value of an unknown option, which would only be a second fault."""
    if given is None and rest and not rest[0].startswith("--"):
        rest.pop(0)


def _described(parameter: Parameter) -> str:
    """Return the lines of one option: how it is written, then what it is for."""
    notes = " ".join(_notes(parameter))
    return f"  {_written(parameter)}" + (f"\n{INDENT}{notes}" if notes else "")


def _written(parameter: Parameter) -> str:
    option, shape = option_of(parameter.name), parameter.shape
    if shape.kind is Kind.BOOLEAN:
        return f"{option}, --no-{option.removeprefix('--')}"
    choices = "|".join(text for text, _label in parameter.choices())
    kind = (shape.item or shape).kind.upper()
    return f"{option} {f'{{{choices}}}' if choices else kind}{' …' if shape.item else ''}"


def _notes(parameter: Parameter) -> Iterator[str]:
    if parameter.description:
        yield parameter.description
    if parameter.required:
        yield _("(required)")
    elif default := _default(parameter):
        yield _("(default: %(default)s)") % {"default": default}
    if parameter.shape.item:
        yield _("(may be repeated)")


def _default(parameter: Parameter) -> str:
    """Return the default as it is typed; "" when there is nothing to say."""
    item = parameter.shape.item
    if item is None:
        return to_text(parameter.shape, parameter.default)
    return ", ".join(to_text(item, member) for member in parameter.default or [])
