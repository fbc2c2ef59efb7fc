"""Start a run from a form: once, however often the button of one shown form is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samovar.access import owner_of
from samovar.exceptions import UnsupportedOption
from samovar.models import Source
from samovar.runtime.submit import submit
from samovar.web.lookup import as_id, run_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.jobs.job import Job
    from samovar.models import Run


def start(request: HttpRequest, job: Job[Any, Any], params: dict[str, Any]) -> Run:
    """Return the run that the form asks for.

    The form brings the id that its run shall have (`_key`), so a double press finds the first
    press's run. Somebody who comes back to an old form later, or with other values, wants a new
    one.
    """
    owner, key = owner_of(request), as_id(request.POST.get("_key"))
    if key is not None:
        try:
            return submit(job, params, owner=owner, source=Source.WEB, id=key)
        except UnsupportedOption:  # there is a run with this id
            kept = run_of(request, job.name, str(key))
            if kept is not None and kept.params == params and not kept.is_final:
                return kept
    return submit(job, params, owner=owner, source=Source.WEB)
