"""What the job's code says through `logging`: a line of stream `log` for each line of a record,
with its level.
"""

from __future__ import annotations

import logging
import sys

from django.conf import settings

from samovar.runner.capture import Records
from samovar.runner.interrupt import shield
from samovar.runner.marks import level_of
from samovar.types import Stream

_SAID = "_samovar_said"


class RunLogHandler(logging.Handler):
    """Writes log records in-band, each once, however many loggers carry it here."""

    def __init__(self, records: Records, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._records = records

    def handle(self, record: logging.LogRecord) -> bool:
        """Do as every handler does, and never leave its lock behind in an interruption."""
        with shield:
            return bool(super().handle(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if record.__dict__.setdefault(_SAID, self) is not self:
            return
        try:
            text = self.format(record).rstrip("\n")
            self._records.say(Stream.LOG, level_of(record.levelno), text)
        except Exception:  # noqa: BLE001 - logging's own rule: an error in a log call is no error of the program
            self.handleError(record)


class LoggingSetup:
    """The loggers as each attempt finds them."""

    def __init__(self, records: Records) -> None:
        self._replace_consoles(records)
        root = logging.getLogger()
        root.addHandler(RunLogHandler(records))
        if "level" not in (settings.LOGGING or {}).get("root", {}):
            root.setLevel(logging.INFO)
        self._root = root.level, list(root.handlers)

    def begin(self) -> None:
        """Undo what the attempt before did to the root logger."""
        root = logging.getLogger()
        level, root.handlers[:] = self._root
        if root.level != level:
            root.setLevel(level)

    @staticmethod
    def _replace_consoles(records: Records) -> None:
        """Put our handler in the place of each that writes to the terminal: their lines would come
        twice.
        """
        loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
        consoles = (sys.__stderr__, sys.__stdout__, sys.stderr, sys.stdout)
        for logger in loggers:
            if not isinstance(logger, logging.Logger):
                continue
            for place, handler in enumerate(logger.handlers):
                if isinstance(handler, logging.StreamHandler) and handler.stream in consoles:
                    ours = RunLogHandler(records, handler.level)
                    ours.filters = list(handler.filters)
                    logger.handlers[place] = ours
