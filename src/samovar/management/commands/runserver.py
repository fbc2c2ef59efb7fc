"""`manage.py runserver`: Django's own command, serving ASGI, with a worker beside it when no
broker is set.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.contrib.staticfiles.management.commands.runserver import Command as StaticFilesCommand
from django.core.asgi import get_asgi_application
from django.db import connections
from django.utils import autoreload
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from samovar import conf
from samovar.asgi import bounded
from samovar.management import reloading, serving
from samovar.management.steward import Steward

_ERRORS = {
    errno.EACCES: "You don't have permission to access that port.",
    errno.EADDRINUSE: "That port is already in use.",
    errno.EADDRNOTAVAIL: "That IP address can't be assigned to.",
}
_SERVING = "django-main-thread"
"""The name that Django's reloader gives the thread."""
WATCH_SECONDS = 0.5
STOP_SECONDS = 3.0


class Command(StaticFilesCommand):
    """Serve the project, and start again when its code changes."""

    help = "Starts the development server, with a worker beside it when no broker is set."

    addr: str
    port: str
    use_ipv6: bool

    def run(self, **options: Any) -> None:
        """Serve; or, with the reloader, start a process that does, again and again."""
        if options["use_reloader"] and not reloading.is_child():
            reloading.become_reloader()
        reloading.follow_parent()
        self._listen_to_signals()
        self.server: serving.Server | None = None
        self.steward = self._start_steward()
        self._end(self._serve(options))

    def _start_steward(self) -> Steward | None:
        """Fork the steward now: this process has one thread, and the project is loaded."""
        if not apps.ready or not conf.options().EMBEDDED_WORKER:
            return None
        from samovar.engine.celery.worker import embedded

        steward = Steward.start(conf.options().locks / "embedded", embedded)
        threading.Thread(
            target=self._watch, args=[steward], name="steward-watch", daemon=True
        ).start()
        return steward

    def _watch(self, steward: Steward) -> None:
        """Start this process anew when somebody has killed the steward: only a process with one
        thread can fork one.
        """
        steward.wait()
        if not steward.is_let_go:
            self.stderr.write(
                str(_("The steward of the worker was killed; the server starts anew."))
            )
            arguments = [str(part) for part in autoreload.get_child_arguments()]
            os.execv(arguments[0], arguments)  # noqa: S606 - this very command

    def _serve(self, options: dict[str, Any]) -> int:
        """Serve in a thread until a signal or a change of the code; return the exit code."""
        try:
            if options["use_reloader"]:
                autoreload.start_django(autoreload.get_reloader(), self.inner_run, **options)
            else:
                self._serve_without_reloader(options)
        except KeyboardInterrupt:
            self.stdout.write(options.get("shutdown_message", ""))
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        return 0

    def _serve_without_reloader(self, options: dict[str, Any]) -> None:
        failures: list[BaseException] = []

        def serve() -> None:
            try:
                self.inner_run(**options)
            except BaseException as error:  # noqa: BLE001 - raised again where the command is run
                failures.append(error)

        thread = threading.Thread(target=serve, name=_SERVING, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(WATCH_SECONDS)
        if failures:
            raise failures[0]

    def inner_run(self, *args: Any, **options: Any) -> None:
        """Check the project, bind the port, say so, and serve."""
        autoreload.raise_last_exception()
        if not options["skip_checks"]:
            self.stdout.write("Performing system checks...\n\n")
            self.check(display_num_errors=True)
        self.check_migrations()
        connections.close_all()
        try:
            listener = serving.bind(self.addr, int(self.port), ipv6=self.use_ipv6)
        except OSError as error:
            self.stderr.write(f"Error: {_ERRORS.get(error.errno or 0, error)}")
            self._end(1)
        self.on_bind(listener.getsockname()[1])
        # Into a file or a pipe Python would write the address when the server has ended.
        sys.stdout.flush()
        self.server = serving.Server(self.get_handler(*args, **options))
        if self.steward:
            self.steward.go()
        self.server.serve_forever(listener)

    def get_handler(self, *_args: Any, **options: Any) -> Any:
        """Return the project's ASGI application, behind Django's server of static files, with a
        limit on uploads.
        """
        path = getattr(settings, "ASGI_APPLICATION", None)
        application = import_string(path) if path else get_asgi_application()
        serves_static = options["use_static_handler"] and apps.is_installed(
            "django.contrib.staticfiles"
        )
        if serves_static and (settings.DEBUG or options["insecure_serving"]):
            application = ASGIStaticFilesHandler(application)
        return bounded(application)

    def _listen_to_signals(self) -> None:
        def stop(number: int, _frame: FrameType | None) -> NoReturn:
            for again in (signal.SIGTERM, signal.SIGINT):
                signal.signal(again, signal.SIG_IGN)
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(0)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    def _end(self, code: int) -> NoReturn:
        """End the worker and the server, then this process, whatever its threads still do."""
        if self.steward:
            self.steward.let_go()
        if self.server:
            self.server.stop()
        for thread in threading.enumerate():
            if thread.name == _SERVING and thread is not threading.current_thread():
                thread.join(STOP_SECONDS)
        if self.steward:
            self.steward.stop()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
