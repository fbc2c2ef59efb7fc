"""How long each process of the full stack takes to end, with runs in hand and people watching."""

from __future__ import annotations

import contextlib
import threading
import urllib.request
from collections.abc import Iterator

from bench import rest
from bench.figures import Figure
from tests.rig import brokers, centrifugo, postgresql, worker
from tests.rig import site as sites
from tests.rig.ports import answers
from tests.rig.waiting import wait_for

GRACE_SECONDS = 2.0
WEB_GRACE_SECONDS = 5
VIEWERS = 50
START_SECONDS = 60
SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.settings", "SAMOVAR_OPEN": "1"}
WORKER = (*worker.CELERY, "worker", "-l", "info")
BEAT = (*worker.CELERY, "beat", "-l", "info")
WEB = ("-m", "uvicorn", "config.asgi:application")


def measure() -> list[Figure]:
    """Send SIGTERM to each, again with what it talks to frozen; time until it has ended."""
    programs = postgresql.binaries()
    if programs is None:
        return [Figure("stops", "not measured: no PostgreSQL is here")]
    command = centrifugo.command()
    with (
        postgresql.cluster(programs) as database,
        brokers.redis_broker() as broker,
        centrifugo.running(command, origins=["http://127.0.0.1:*"]) as pushed,
        sites.made(
            DATABASE_URL=database,
            CELERY_BROKER_URL=broker.url,
            SAMOVAR_STOP_GRACE_SECONDS=str(GRACE_SECONDS),
            **SETTINGS,
            **pushed.environ,
        ) as site,
    ):
        broker.start()
        return _stops(site, broker, pushed)


def _stops(
    site: sites.Site, broker: brokers.Broker, pushed: centrifugo.Centrifugo
) -> list[Figure]:
    figures = []
    for name, frozen in {
        "": contextlib.nullcontext,
        ", the broker frozen": broker.frozen,
        ", Centrifugo frozen": lambda: _frozen(pushed),
    }.items():
        with web(site) as server, worker.running(site, command=WORKER) as busy:
            with _watched(site), frozen():
                seconds = server.stop()
            figures.append(_figure(f"web, {VIEWERS} viewers{name}", seconds, WEB_GRACE_SECONDS))
            with frozen():
                seconds = busy.stop()
            figures.append(_figure(f"worker, two runs{name}", seconds, GRACE_SECONDS))
        with worker.started(site, command=BEAT) as beat:
            wait_for(lambda beat=beat: "beat: Starting" in beat.log, START_SECONDS, "beat")
            with frozen():
                seconds = beat.stop()
            figures.append(_figure(f"beat{name}", seconds, 0))
    return figures


def _figure(name: str, seconds: float, grace: float) -> Figure:
    return Figure(f"SIGTERM → end: {name}", f"{seconds:.2f} s", f"≤ {grace + 1:g} s")


@contextlib.contextmanager
def _frozen(pushed: centrifugo.Centrifugo) -> Iterator[None]:
    pushed.freeze()
    try:
        yield
    finally:
        pushed.thaw()


@contextlib.contextmanager
def web(site: sites.Site) -> Iterator[worker.Worker]:
    """Serve the site by uvicorn; it answers, whether or not it is ready."""
    options = ("--port", str(site.port), "--timeout-graceful-shutdown", str(WEB_GRACE_SECONDS))
    with worker.started(site, *options, command=WEB) as server:
        wait_for(lambda: answers(site.port), START_SECONDS, "the site to answer")
        yield server


@contextlib.contextmanager
def _watched(site: sites.Site) -> Iterator[None]:
    """Let two runs go on which VIEWERS follow, half of them by a request that waits."""
    # Those that the worker before has handed back go on in this one.
    runs = [run["id"] for run in rest.get(f"{site.url}/api/v1/runs")["items"]] or [
        rest.start(site.url, "ticker", lines=100_000, pause=0.1)["id"] for _ in range(2)
    ]
    for run in runs:
        wait_for(
            lambda run=run: rest.get(f"{site.url}/api/v1/runs/{run}")["state"] == "running",
            START_SECONDS,
            "the runs to begin",
        )
    path = f"{site.url}/api/v1/runs/{runs[0]}"
    urls = [f"{path}/events", f"{path}?wait=30"] * (VIEWERS // 2)
    there = threading.Barrier(VIEWERS + 1)
    for url in urls:
        threading.Thread(target=_watch, args=[url, there], daemon=True).start()
    there.wait(START_SECONDS)
    yield


def _watch(url: str, there: threading.Barrier) -> None:
    with contextlib.suppress(OSError):
        if "wait" in url:
            there.wait()
            urllib.request.urlopen(url, timeout=60).read()
            return
        with urllib.request.urlopen(url, timeout=60) as stream:
            stream.readline()
            there.wait()
            stream.read()
