"""An open site, runs as the ledger has them, and pages as a person reads them."""

from __future__ import annotations

import time
import uuid
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import translation

from samovar import clock
from samovar.models import FINAL, WAITING, Attempt, Chunk, Run
from samovar.types import Batch


@pytest.fixture(autouse=True)
def open_site(transactional_db, settings):
    """Let everybody in, as the demo does."""
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}


@pytest.fixture(autouse=True)
def english():
    """Begin each test in English: a request leaves its language to the thread."""
    with translation.override("en"):
        yield


@pytest.fixture
def russian():
    """Give a visitor whose browser asks for Russian."""
    return Client(headers={"accept-language": "ru-RU,ru;q=0.9"})


@pytest.fixture
def make_run():
    """Write a run into the ledger as it is, with its lines."""

    def make(state: str = "running", *, lines: list[str] | None = None, **values) -> Run:
        values = {"job": "long_process", "params": {"num_seconds": 5}} | values
        run = Run.objects.create(state=state, **values)
        if state not in WAITING:
            run.started_at = run.attempt_started_at = clock.now()
            run.finished_at = clock.now() if state in FINAL else None
            run.attempt = 1
        if lines:
            Chunk.pack(run.pk, 1, 1, [Batch(time.time(), "stdout", "info", lines)]).save()
            run.log_lines = len(lines)
        run.save()
        return run

    return make


@pytest.fixture
def make_attempt():
    """Write an attempt of a run."""

    def make(run: Run, **values) -> Attempt:
        values = {"number": 1, "worker": "samovar@tea", "host": "tea", "pid": 4711} | values
        return Attempt.objects.create(
            run=run,
            token=uuid.uuid4(),
            worker_id=uuid.uuid4(),
            started_at=clock.now(),
            **values,
        )

    return make


class Page(HTMLParser):
    """The elements of a page: tag, attributes and text of each, in order."""

    def __init__(self, response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        texts: list[str] = []
        self.elements.append((tag, dict(attrs), texts))
        if tag not in {"meta", "link", "input", "img", "br"}:
            self._open.append(texts)

    def handle_endtag(self, tag):
        self._open.pop()

    def handle_data(self, data):
        for texts in self._open:
            texts.append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """Return the text of each element with this tag and these attributes."""
        return [" ".join("".join(texts).split()) for _, texts in self._found(tag, attributes)]

    def attributes(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return all attributes of each element with this tag and these attributes."""
        return [found for found, _ in self._found(tag, attributes)]

    def links(self) -> list[str | None]:
        return [attributes.get("href") for attributes in self.attributes("a")]

    def _found(self, tag, attributes):
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        for name, found, texts in self.elements:
            if name == tag and wanted.items() <= found.items():
                yield found, texts
