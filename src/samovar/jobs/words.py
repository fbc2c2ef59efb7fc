"""What a job's author wrote for people (title, help, labels), in the language of who reads it.

# Note [Words of a job]
Each paragraph, with its white space made single, is a message of its own: the docstring's first
line without its full stop, each paragraph of the prose below it, each text of `Args:`, each
`Field(title=…)`, and the name of a parameter as a label ("Num seconds"). A project that has
these in a catalogue (`locale/ru/LC_MESSAGES/django.po`) shows its jobs in that language; what is
in no catalogue is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

if TYPE_CHECKING:
    from samovar.jobs.job import Job


def translated(text: str) -> str:
    """Return an author's text in the active language. See Note [Words of a job]."""
    return "\n\n".join(gettext(paragraph) for paragraph in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring's text, each in one line."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def messages(job: Job[Any, Any]) -> Iterator[str]:
    """Yield all messages of a job, for a catalogue."""
    for text in (job.title, job.help):
        yield from paragraphs(text)
    for parameter in job.signature.parameters:
        for text in (parameter.title, parameter.description):
            yield from paragraphs(text)
