"""The app: routes, problems, and limits on every request."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import ticketflow as tf
from ticketflow_service.http import problems
from ticketflow_service.http.backend import Backend
from ticketflow_service.http.routes import router
from ticketflow_service.http.shapes import make_openapi
from ticketflow_service.page.routes import router as page
from ticketflow_service.worker import stop_on_signals

MOST_BYTES = 65_536
"""The greatest number of bytes of a request's body."""

HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]
"""The headers of every answer that does not have its own."""


def make_app(backend: Backend) -> FastAPI:
    """Return the app of the API and the page."""
    app = FastAPI(title="ticketflow service", version=tf.__version__, docs_url=None, redoc_url=None)
    app.state.backend = backend
    app.include_router(router)
    app.include_router(page)
    app.add_middleware(Limits)
    problems.handle_problems(app)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = make_openapi(app, problems.ProblemDocument, problems.MEDIA_TYPE)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def serve(backend: Backend, host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT. Put a proxy with TLS in front of it."""
    print(f"listening on http://{host}:{port}/, with the API of http://{host}:{port}/openapi.json", flush=True)
    stop_on_signals()  # uvicorn gives a signal on when it has stopped
    uvicorn.run(make_app(backend), host=host, port=port, log_level="warning", server_header=False)


class Limits:
    """Refuses bodies that are too large before they are read, and adds headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise _too_large()
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in HEADERS if each[0] not in own)]
            await send(message)

        raw = scope.get("raw_path", b"")
        if b"%2f" in raw.lower():  # the slash of an id separates nothing
            scope = {**scope, "path": unquote(re.sub(b"%2f", b"%252F", raw, flags=re.IGNORECASE))}
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > MOST_BYTES:
            await _too_large().response(scope, receive, guarded)
        else:
            await self._app(scope, limited, guarded)


def _too_large() -> problems.Problem:
    return problems.Problem(413, "too large", f"a body has at most {MOST_BYTES} bytes", kind="too-large")
