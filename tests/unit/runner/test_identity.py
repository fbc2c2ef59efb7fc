"""A worker's identity is its own, whatever it is called."""

from __future__ import annotations

from samovar.runner.crew import Crew


def test_each_start_has_an_identity_of_its_own():
    """A worker of the same name may have died with runs in its hands."""
    first, second = (
        Crew(name="samovar@host", slots=1, queues=["default"], jobs=[]) for _ in range(2)
    )

    assert first.holder.worker_id != second.holder.worker_id
