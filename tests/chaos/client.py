"""A client of the site, who asks until there is an answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from typing import Any

REQUEST_SECONDS = 10.0
PAUSE_SECONDS = 0.1
GIVE_UP_SECONDS = 120.0
"""How long a client asks. On a machine that is short of time a killed site may take longer."""
NO_ANSWER = 0
"""What stands for the status of an answer that did not come."""


class Client:
    """One kept connection to the site at `address`; used by one thread.

    A request is repeated until it is answered, with the same `Idempotency-Key`: a web process that
    was killed after its commit must not make a second run.
    """

    def __init__(self, address: str, stopped: threading.Event | None = None) -> None:
        self._address = address
        self._stopped = stopped or threading.Event()
        self._connection: http.client.HTTPConnection | None = None

    def submit(self, job: str, params: dict[str, Any], key: str) -> tuple[int, Any]:
        """Ask for a run; return the answer's status and what it holds."""
        return self._persist(f"/api/v1/jobs/{job}/runs", params, key)

    def cancel(self, run: str) -> tuple[int, Any]:
        """Ask for a run's end; return the same."""
        return self._persist(f"/api/v1/runs/{run}/cancellation", {}, None)

    def running(self) -> list[str]:
        """Return the runs that are performed now; none when the site does not say."""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, LookupError):
            _, answer = self._request("GET", "/api/v1/runs?state=running", None, {})
            return [run["id"] for run in json.loads(answer)["items"]]
        self._hang_up()
        return []

    def _persist(self, path: str, body: Any, key: str | None) -> tuple[int, Any]:
        """Ask until there is an answer that is not the site's excuse, or NO_ANSWER."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self._ask(path, body, key)
                if status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    return status, json.loads(answer)
            if time.monotonic() > deadline or self._stopped.is_set():
                return NO_ANSWER, None
            self._hang_up()
            time.sleep(PAUSE_SECONDS)

    def _ask(self, path: str, body: Any, key: str | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return self._request("POST", path, json.dumps(body), headers)

    def _request(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._address, timeout=REQUEST_SECONDS)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
