"""Errors as `application/problem+json` (RFC 9457), everywhere under `/api/v1`."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.log import log_response
from django.utils.translation import gettext as _
from ninja.errors import ValidationError

from samovar.exceptions import InvalidParams, UnknownJob
from samovar.receiving import TooLarge
from samovar.runtime.once import KeyTaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from ninja import NinjaAPI

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


class Problem(Exception):
    """Ends a request with a status and words; `errors` are (field, message) pairs."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status, self.detail = status, detail
        self.errors, self.headers = errors, headers
        super().__init__(detail)

    def respond(self) -> HttpResponse:
        """Return the answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors is not None:
            body["errors"] = [{"field": field, "message": text} for field, text in self.errors]
        return JsonResponse(
            body,
            status=self.status,
            headers=self.headers,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )


def install(api: NinjaAPI) -> None:
    """Let `api` answer every exception of its views with a problem."""
    for kind in (*_ANSWERS, Exception):
        api.add_exception_handler(kind, _answer)


def _answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    for kind, tell in _ANSWERS.items():
        if isinstance(error, kind):
            return tell(error).respond()
    return _unforeseen(request, error)


def missing(_request: HttpRequest, **_path: str) -> HttpResponse:
    """Answer for an address under `/api/v1` that is none of ours."""
    return Problem(404, _("There is nothing at this address. See openapi.json.")).respond()


def _invalid_params(error: InvalidParams) -> Problem:
    return Problem(422, _("The params do not fit the job."), error.errors)


def _taken(_error: KeyTaken) -> Problem:
    words = _("This key came with another request before; take a new one for each request.")
    return Problem(422, words, [("Idempotency-Key", words)])


def _invalid_query(error: ValidationError) -> Problem:
    errors = [(str(one["loc"][-1]), str(one["msg"])) for one in error.errors]
    return Problem(422, _("The request's parameters are not valid."), errors)


def _away(error: Exception) -> Problem:
    logger.error("The database is away: %s", error)
    return Problem(
        503,
        _("The database does not answer. Try again in a moment."),
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _unforeseen(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    response = Problem(500, _("The server met an error; its log tells more.")).respond()
    # As Django logs its own: with the traceback, once, and to the administrators.
    log_response(
        "Internal Server Error: %s",
        request.path,
        response=response,
        request=request,
        exception=cast("Exception", error),
    )
    return response


_ANSWERS: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda error: error,
    Http404: lambda error: Problem(404, str(error)),
    UnknownJob: lambda error: Problem(404, str(error)),
    InvalidParams: _invalid_params,
    KeyTaken: _taken,
    ValidationError: _invalid_query,
    TooLarge: lambda error: Problem(413, str(error)),
    MultiPartParserError: lambda error: Problem(400, str(error)),
    RequestDataTooBig: lambda error: Problem(413, str(error)),
    SuspiciousOperation: lambda error: Problem(400, str(error)),
    OperationalError: _away,
    InterfaceError: _away,
}
