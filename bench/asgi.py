"""The site's ASGI application, which tells in a header of each answer how long that took it."""

from __future__ import annotations

import time
from typing import Any

from config.asgi import application as site


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer as the site does, with `Server-Timing`: from the request's head to the answer's."""
    began = time.perf_counter()

    async def tell(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            took = f"app;dur={(time.perf_counter() - began) * 1000:.3f}"
            headers = [*message["headers"], (b"server-timing", took.encode())]
            message = {**message, "headers": headers}
        await send(message)

    await site(scope, receive, tell)
