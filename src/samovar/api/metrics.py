"""`/metrics`, for Prometheus: read from the ledger when asked, so every web process says the same.

On a closed site it is for staff, by a session or by a bearer token.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from samovar import access, clock
from samovar.api import bearer
from samovar.api.problems import Problem
from samovar.models import HELD, Counter, Run
from samovar.runtime import tally
from samovar.runtime.living import living
from samovar.runtime.queues import queue_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from prometheus_client import Metric


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all figures, as Prometheus reads them."""
    try:
        bearer.enter(request)
        if not access.may_operate(access.user_of(request)):
            raise bearer.refused(_("The figures are for staff. Sign in, or send a bearer token."))
    except Problem as refusal:
        return refusal.respond()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Ledger())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Ledger(Collector):
    """The figures, in few queries whose cost does not grow with the history."""

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield from _queues()
        yield from _workers()
        yield from _counters()


def _queues() -> Iterator[Metric]:
    depth = GaugeMetricFamily("samovar_queue_depth", "Runs that wait", labels=["queue"])
    oldest = GaugeMetricFamily(
        "samovar_queue_oldest_seconds", "For how long the oldest waits", labels=["queue"]
    )
    paused = GaugeMetricFamily("samovar_queue_paused", "1 while paused", labels=["queue"])
    running = GaugeMetricFamily("samovar_queue_running", "Runs that run", labels=["queue"])
    for line in queue_lines(clock.now()):
        depth.add_metric([line.name], line.depth)
        oldest.add_metric([line.name], line.oldest_seconds or 0.0)
        paused.add_metric([line.name], line.is_paused)
        running.add_metric([line.name], line.running)
    yield from (depth, oldest, paused, running)


def _workers() -> Iterator[Metric]:
    slots = GaugeMetricFamily("samovar_worker_slots", "Slots of a worker", labels=["worker"])
    used = GaugeMetricFamily("samovar_worker_slots_used", "Its busy slots", labels=["worker"])
    rows = Run.objects.filter(state__in=HELD).order_by().values_list("worker_id")
    held = dict(rows.annotate(Count("pk")))
    for worker in living():
        slots.add_metric([worker.name], worker.slots)
        used.add_metric([worker.name], held.get(worker.pk, 0))
    yield from (slots, used)


def _counters() -> Iterator[Metric]:
    counts: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for row in Counter.objects.order_by("job", "label"):
        counts[row.name][row.job, row.label] = row.value
    runs = CounterMetricFamily("samovar_runs", "Runs that have ended", labels=["job", "end"])
    for (job, end), value in counts[tally.RUNS].items():
        runs.add_metric([job, end], value)
    size = CounterMetricFamily("samovar_log_bytes", "Log written, as stored", labels=["job"])
    for (job, _label), value in counts[tally.BYTES].items():
        size.add_metric([job], value)
    lost = CounterMetricFamily("samovar_push_failures", "News that Centrifugo did not take")
    lost.add_metric([], counts[tally.LOST].get(("", ""), 0))
    yield from (runs, _seconds(counts), size, lost)


def _seconds(counts: dict[str, dict[tuple[str, str], float]]) -> Metric:
    seconds = HistogramMetricFamily(
        "samovar_run_seconds", "From the start of the last attempt to the end", labels=["job"]
    )
    found = counts[tally.SECONDS]
    for (job, _label), total in counts[tally.TOTAL].items():
        so_far, buckets = 0.0, []
        for bound in (*(f"{each:g}" for each in tally.BUCKETS), tally.OVER):
            so_far += found.get((job, bound), 0)
            buckets.append((bound, so_far))
        seconds.add_metric([job], buckets, sum_value=total)
    return seconds
