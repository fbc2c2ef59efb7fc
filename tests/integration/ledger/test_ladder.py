"""The ladder of a cancel: the steps stored are those taken, and every surface tells the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from samovar import brand
from samovar.jobs import registry
from samovar.live.base import changes
from samovar.live.feed import Feed
from samovar.models import Attempt, Run
from samovar.models.ladder import LadderStep, ladder_of
from samovar.runner.heartbeat import Heartbeat
from samovar.runner.roster import Roster
from samovar.runner.slot import Shared, Slot
from samovar.runner.template import Template
from samovar.runtime.cancel import cancel
from samovar.runtime.claim import Holder, claimed_by
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.runtime.submit import submit
from samovar.types import Ending, Outcome
from tests.integration.ledger.test_slot import Follower
from tests.integration.runner import jobs, leaving
from tests.integration.runner.rig import start_template
from tests.integration.runner.unruly import swallow_for_ever
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

OBEYS = ["requested", "interrupted", "gone"]
SWALLOWS = ["requested", "interrupted", "terminated", "gone"]
IGNORES = ["requested", "interrupted", "terminated", "killed", "gone"]

Crew = tuple[list[Slot], Roster]


@pytest.fixture
def template() -> Iterator[Template]:
    template = start_template()
    yield template
    template.stop()


@pytest.fixture
def crew(ledger: LedgerThread, holder: Holder, template: Template, settings) -> Iterator[Crew]:
    """Give slots with a heart, as a worker has them."""
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True, "CANCEL_GRACE_SECONDS": 60.0}
    follower = Follower()
    roster = Roster(follower.on_occupancy)
    shared = Shared(
        holder=holder,
        queues=("default",),
        jobs=(*WAYS, jobs.wait.name),
        ledger=ledger,
        roster=roster,
        template=template,
        follower=follower,
        on_begin=lambda: heartbeat.call(),  # noqa: PLW0108 - it is made after the slots
        on_lost=lambda: None,
    )
    slots = [Slot(shared, number) for number in range(1, 5)]
    follower.slot = slots[0]
    heartbeat = Heartbeat(ledger, holder.worker_id, slots, lambda: None)
    for slot in slots:
        slot.start()
    heartbeat.start()
    yield slots, roster
    roster.close()
    assert all(slot.join(10) for slot in slots)
    heartbeat.stop()


WAYS: dict[str, tuple[dict[str, object], list[str]]] = {
    jobs.return_when_cancelled.name: ({}, OBEYS),
    leaving.leave_grandchild.name: ({"how": "wait"}, OBEYS),
    swallow_for_ever.name: ({}, SWALLOWS),
    jobs.deaf.name: ({"ignores_term": True}, IGNORES),
}


def test_the_steps_stored_are_those_taken_and_every_surface_tells_them(
    crew: Crew, settings
) -> None:
    # Who obeys has all the time that it needs, however busy the machine is.
    runs = started(crew, [name for name, (_, steps) in WAYS.items() if steps == OBEYS])
    settings.SAMOVAR = {**settings.SAMOVAR, "CANCEL_GRACE_SECONDS": 0.3}
    runs |= started(crew, [name for name in WAYS if name not in runs])
    marks = list(Attempt.objects.values_list("brand", flat=True))
    for run in runs.values():
        cancel(run, by="anna")
    deaf = runs[jobs.deaf.name]
    seen = [shown_while_cancelling(deaf)]
    while deaf.refresh().state == "cancelling":
        seen.append(shown_while_cancelling(deaf))
    assert any(seen)
    assert all(steps == IGNORES[: len(steps)] for steps in seen)
    wait_for(lambda: all(run.refresh().is_final for run in runs.values()), 20, "all ends")

    for name, run in runs.items():
        taken = ladder_of(run)
        assert (name, [step.value for step, _ in taken]) == (name, WAYS[name][1])
        assert [at for _, at in taken] == sorted(at for _, at in taken)
        assert (run.state, taken[-1].at) == ("cancelled", run.finished_at)
        agree(run)
    assert not any(brand.find_branded(mark) for mark in marks)


def started(crew: Crew, names: list[str]) -> dict[str, Run]:
    """Return runs of these jobs that have printed something."""
    runs = {name: submit(registry.get(name), WAYS[name][0]) for name in names}
    crew[1].call_all()
    wait_for(lambda: all(run.refresh().log_lines for run in runs.values()), 30, "all to begin")
    return runs


def shown_while_cancelling(run: Run) -> list[str]:
    """Return the steps in the page of a run that is being cancelled."""
    page = Client().get(run.url).content.decode()
    region = page.partition('data-region="state"')[2].partition("</section>")[0]
    return [part.partition('"')[0] for part in region.split('data-step="')[1:]]


def agree(run: Run) -> None:
    """Find the same steps, at the same times, wherever somebody may look."""
    api = Client().get(f"/api/v1/runs/{run.pk}").json()
    ladder = api["cancellation"]["ladder"]
    assert [step["step"] for step in ladder] == [step.value for step, _ in ladder_of(run)]
    assert api["cancellation"]["by"] == "anna"
    (attempt,) = Client().get(f"/api/v1/runs/{run.pk}/attempts").json()
    assert attempt["ladder"] == ladder
    (_, state) = changes(None, Feed(run.pk).look(), 0)
    assert state.data["cancellation"] == api["cancellation"]

    out = io.StringIO()
    call_command("samovar", "show", str(run.pk), "--json", stdout=out)
    shown = json.loads(out.getvalue())
    assert (shown["cancellation"], shown["attempts"]) == (api["cancellation"], [attempt])

    page = Client().get(run.url).content.decode()
    history = page.partition('data-region="attempts"')[2].partition("</section>")[0]
    places = [history.index(f'datetime="{step["at"]}"') for step in ladder[1:]]
    assert places == sorted(places)


def test_people_read_the_steps_in_their_words(crew: Crew, admin_client: Client) -> None:
    run = submit(jobs.wait, {})
    crew[1].call_all()
    wait_for(lambda: run.refresh().log_lines, 20, "the beginning")
    cancel(run, by="anna")
    wait_for(lambda: run.refresh().is_final, 20, "the end")

    out = io.StringIO()
    call_command("samovar", "show", str(run.pk), stdout=out)
    rows = ["job interrupted (Cancelled)", "nothing of the attempt is left"]
    assert all(row in out.getvalue() for row in ["Cancellation requested by anna.", *rows])
    admin = admin_client.get(f"/admin/samovar/run/{run.pk}/change/").content.decode()
    assert all(admin.count(row) == 2 for row in rows)  # the run's, and its attempt's
    with translation.override("ru"):
        page = Client(headers={"accept-language": "ru"}).get(run.url).content.decode()
    assert "задание прервано (Cancelled)" in page
    assert "от попытки ничего не осталось" in page


def test_a_run_that_had_not_begun_has_one_step(run: Run) -> None:
    cancel(run, by="anna")

    assert [step.value for step, _ in ladder_of(run.refresh())] == ["requested"]
    assert run.ladder is None


def test_what_a_dead_worker_has_begun_another_ends(ledger: LedgerThread, take, run: Run) -> None:
    claimed = take(run)
    cancel(run)
    recorder = Recorder(ledger, claimed)
    for step in (LadderStep.INTERRUPTED, LadderStep.INTERRUPTED, LadderStep.TERMINATED):
        recorder.step(step)
    wait_for(lambda: len(ladder_of(run.refresh())) == 3, message="the steps")

    def rescue() -> None:
        found = claimed_by(claimed.token, 1)
        settle_now(found, Ending(Outcome.LOST, reason="gone"), Recorder(None, found))

    ledger.call(rescue)
    assert [step.value for step, _ in ladder_of(run.refresh())] == SWALLOWS
