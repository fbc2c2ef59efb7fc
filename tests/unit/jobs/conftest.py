"""Jobs that tests declare stay among themselves."""

from __future__ import annotations

import pytest

from samovar.jobs import registry


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(registry, "_clashes", {})
