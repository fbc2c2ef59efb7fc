"""The jobs, and starting them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Header, Router

from samovar import access, receiving
from samovar.api import guard, sent
from samovar.api.answers import PROBLEMS, accepted
from samovar.api.shapes import JobShape, JobWithSchema, RunShape
from samovar.models import Source
from samovar.runtime import uploads
from samovar.runtime.once import submit_once
from samovar.runtime.submit import submit

if TYPE_CHECKING:
    from samovar.jobs.job import Job
    from samovar.models import Run

router = Router(tags=["jobs"])

PARAMS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            receiving.MULTIPART: {"schema": {"type": "object"}},
        },
    }
}


@router.get("jobs", response={200: list[JobShape], **PROBLEMS})
def list_jobs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the jobs that the asker may start, by name."""
    return [_told(job) for job in access.startable_by(access.user_of(request))]


@router.get("jobs/{name}", response={200: JobWithSchema, **PROBLEMS})
def show_job(request: HttpRequest, name: str) -> dict[str, Any]:
    """Return one job, with the JSON Schema of its params."""
    job = guard.startable_job(request, name)
    return {**_told(job), "params": job.signature.json_schema()}


@router.post("jobs/{name}/runs", response={202: RunShape, **PROBLEMS}, openapi_extra=PARAMS)
def start_run(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)
    ] = None,
) -> Any:
    """Submit a run of the job; the body holds its params. `Location` is the run's address.

    A job that takes files is sent them as multipart/form-data, with the other params as texts.
    A request that is sent again with its `Idempotency-Key` answers with its first run.
    """
    job = guard.startable_job(request, name)
    asked = sent.read(request)
    if idempotency_key is None:
        run = _submit(request, job, asked)
    else:
        if job.signature.files:  # large files are copied outside the transaction of the key
            uploads.keep(job, asked.params(job.signature))
        run = submit_once(
            partial(_submit, request, job, asked),
            caller=access.caller_of(request),
            key=idempotency_key,
            fingerprint=asked.fingerprint(job.name),
        )
    return accepted(request, response, run)


def _submit(request: HttpRequest, job: Job[Any, Any], asked: sent.Sent) -> Run:
    params = asked.params(job.signature)
    return submit(job, params, owner=access.owner_of(request), source=Source.API)


def _told(job: Job[Any, Any]) -> dict[str, Any]:
    return {
        "name": job.name,
        "title": str(job.title),
        "help": str(job.help),
        "queue": job.queue,
        "priority": job.priority,
        "confirm": job.confirm or None,
        "url": reverse("samovar:job", args=[job.name]),
    }
