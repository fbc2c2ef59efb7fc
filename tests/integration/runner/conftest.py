"""A template for the session, and supervisors that perform test jobs in its runners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from samovar.runner.supervisor import Supervisor
from samovar.runner.template import Template
from tests.integration.runner.rig import Performance, start_template


@pytest.fixture(scope="session")
def shared_template() -> Iterator[Template]:
    template = start_template()
    yield template
    template.stop()


@pytest.fixture
def own_template() -> Iterator[Template]:
    template = start_template()
    yield template
    template.stop()


@pytest.fixture
def supervisor(shared_template: Template) -> Iterator[Supervisor]:
    supervisor = Supervisor(shared_template)
    yield supervisor
    supervisor.close()


@pytest.fixture
def perform(supervisor: Supervisor) -> Callable[..., Performance]:
    def start(job: str, **options: Any) -> Performance:
        return Performance(supervisor, job, **options)

    return start
