"""What a request brings to start a run: a JSON object, or files with texts beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from samovar import receiving
from samovar.api import body

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

    from samovar.jobs.signature import Signature


class Sent(Protocol):
    """What was sent, until it is known to fit."""

    def params(self, signature: Signature, /) -> dict[str, Any]:
        """Return the params as they are stored; raise InvalidParams when they do not fit."""

    def fingerprint(self, job: str, /) -> str:
        """Return what two requests to start `job` share exactly when they ask for the same."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of multipart/form-data: texts as a form's fields, and files."""

    texts: dict[str, list[str]]
    files: dict[str, list[UploadedFile[bytes]]]

    def params(self, signature: Signature) -> dict[str, Any]:
        """Return the params as they are stored; raise InvalidParams when they do not fit."""
        single: dict[str, Any] = {name: several[0] for name, several in self.files.items()}
        doubled = [name for name, several in self.files.items() if len(several) > 1]
        # Texts of that number are refused in the same words: one value only.
        return signature.validate_text(
            {**self.texts, **{name: ["", ""] for name in doubled}},
            {name: file for name, file in single.items() if name not in doubled},
        )

    def fingerprint(self, job: str) -> str:
        """Return what two requests to start `job` share exactly when they ask for the same."""
        files = [
            [name, file.name, getattr(file, "sha256", "")]
            for name, several in sorted(self.files.items())
            for file in several
        ]
        asked = json.dumps([job, self.texts, files], sort_keys=True)
        return sha256(asked.encode()).hexdigest()


def read(request: HttpRequest) -> Sent:
    """Return what `request` brings; raise Problem (400, 413, 415) or TooLarge."""
    if request.content_type != receiving.MULTIPART:
        return body.read(request)
    fields, files = receiving.parts(request)
    return Parts(dict(fields.lists()), dict(files.lists()))
