"""The full stack as compose.yaml starts it: PostgreSQL, a broker, and a process for each part."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.rig import missing, postgresql, rabbitmq, redis, server
from tests.rig import site as sites
from tests.rig.ports import LOOPBACK
from tests.rig.site import ROOT, START_SECONDS, Site
from tests.rig.waiting import wait_for

BROKERS = ("redis", "rabbitmq")
CELERY = ("celery", "-A", "config")


@contextlib.contextmanager
def servers(broker: str) -> Iterator[dict[str, str]]:
    """Run PostgreSQL and `broker`, one of BROKERS; give the variables that lead a site to them."""
    programs = postgresql.binaries()
    if programs is None:
        missing.skip(postgresql.SERVICE, postgresql.PROGRAM)
    with postgresql.cluster(programs) as database, _broker(broker) as url:
        yield {"DATABASE_URL": database, "CELERY_BROKER_URL": url}


@contextlib.contextmanager
def serving(
    *, application: str = "config.asgi:application", has_beat: bool = True, **environ: str
) -> Iterator[Site]:
    """Serve a site by uvicorn, with a worker and beat, where `environ` says; it is ready."""
    with sites.made(SAMOVAR_OPEN="1", **environ) as site, contextlib.ExitStack() as stack:
        stack.enter_context(_part(site, "worker", *CELERY, "worker", "-l", "info"))
        if has_beat:
            stack.enter_context(_part(site, "beat", *CELERY, "beat", "-l", "info"))
        uvicorn = ("uvicorn", application, "--host", LOOPBACK)
        options = ("--port", str(site.port), "--timeout-graceful-shutdown", "5")
        stack.enter_context(_part(site, "web", *uvicorn, *options))
        wait_for(site.is_ready, START_SECONDS, "the full stack to be ready")
        yield site


def _part(site: Site, name: str, *command: str) -> contextlib.AbstractContextManager[object]:
    """Start one of the stack's processes; what it says stands in `name`/server.log."""
    folder = Path(site.data, name)
    folder.mkdir()
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{ROOT / 'demo'}", "PYTHONUNBUFFERED": "1"}
    return server.running(
        [sys.executable, "-m", *command], folder=folder, environ=site._environ() | path
    )


@contextlib.contextmanager
def _broker(name: str) -> Iterator[str]:
    if name == "redis":
        if shutil.which(redis.PROGRAM) is None:
            missing.skip(redis.SERVICE, redis.PROGRAM)
        with redis.running() as url:
            yield url
        return
    if (command := rabbitmq.program()) is None:
        missing.skip(rabbitmq.SERVICE, rabbitmq.PROGRAM)
    with rabbitmq.node(command) as url:
        yield url
