"""What a user of Samovar may catch. Programming errors stand beside the code that raises them."""

from __future__ import annotations


class SamovarError(Exception):
    """The base of all that Samovar raises on purpose."""


class InvalidParams(SamovarError):
    """The params do not fit the job's signature.

    `errors` is a list of (field, message) pairs; `field` is "" when a fault belongs to no single
    field.
    """

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        self.errors = errors
        super().__init__(
            "; ".join(f"{field}: {text}" if field else text for field, text in errors)
        )


class UnknownJob(SamovarError):
    """No job of this name is declared in the installed apps' tasks.py or jobs.py."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"There is no job named {name!r}. `manage.py samovar list` shows all jobs."
        )


class InvalidJob(SamovarError):
    """A function cannot become a job; the message names the parameter and the remedy."""


class UnsupportedOption(SamovarError):
    """A Celery option that Samovar cannot honour was given; nothing was submitted."""


class NothingFollows(SamovarError):
    """The run that another should follow has ended without success; nothing was submitted."""


class BrokerUnavailable(SamovarError):
    """The broker did not take the message in time; the run waits in the ledger and is sent
    again.
    """


class Interrupted(KeyboardInterrupt):
    """The base of the exceptions that Samovar raises inside a running job.

    It derives from KeyboardInterrupt, so that `except Exception` lets it through and psycopg
    cancels its query.
    """


class Cancelled(Interrupted):
    """A person or program cancelled the run. Clean up and let it pass."""


class SoftTimeout(Interrupted):
    """The job's `soft_timeout` has passed. Clean up, save what is worth saving, and let it
    pass.
    """


class HandedBack(Interrupted):
    """The worker stops, and the state of this resumable job is saved: the run goes on elsewhere.
    Let it pass.
    """
