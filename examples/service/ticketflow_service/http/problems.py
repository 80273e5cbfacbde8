"""Answers that say what is wrong, in the form of RFC 9457."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from procrastinate.exceptions import ConnectorException
from pydantic import BaseModel
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException as StarletteHTTPException

import ticketflow as tf
from ticketflow import documents
from ticketflow.errors import BadValueError, DocumentError, UnknownHolidaysError
from ticketflow_service.http.shapes import ReasonDocument

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
OUTSIDERS = frozenset({"customer", "third_party"})
"""The roles that see no internal notes."""

RETRY_AFTER = {"Retry-After": "2"}

TYPES = {
    "refused": "The rules refuse the command. `reasons` has every reason.",
    "stale": "The ticket has another version than the command expects. `version` is the present one.",
    "conflict": "Others changed the ticket each time that the command was tried. `version` is the present one.",
    "bad-request": "The request is not as the OpenAPI document says. `errors` has every error.",
    "key-was-used": "The idempotency key belongs to another request.",
    "too-large": "The request has more bytes than are read.",
    "unavailable": "The service cannot answer now. Send the request again, with the same idempotency key.",
}
"""The types of problems, and what each means. The address of a type is ``/problems#`` and its name."""


class ErrorOfRequest(BaseModel):
    """One error of a request.

    Attributes:
        pointer: Its place: a JSON pointer into the body, or the name of a parameter.
        what: What is wrong.
        fix: What would be right.
    """

    pointer: str
    what: str
    fix: str = ""


class ProblemDocument(BaseModel):
    """What is wrong with a request, in the form of RFC 9457.

    Attributes:
        type: The address of the kind of problem.
        title: The kind of problem in words.
        status: The HTTP status.
        detail: What is wrong.
        reasons: Every reason to refuse a command.
        errors: Every error of a request that is wrong as written.
        version: The present version of the ticket, if the command expects another one.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    reasons: list[ReasonDocument] | None = None
    errors: list[ErrorOfRequest] | None = None
    version: int | None = None


class Problem(HTTPException):
    """An answer that says what is wrong. Raise it anywhere in a request.

    Args:
        status: The HTTP status.
        title: The kind of problem in words.
        detail: What is wrong.
        kind: Its name in `TYPES`; none for a problem that the status explains.
        headers: More headers.
        more: More attributes of `ProblemDocument`.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 -- pydantic checks them
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        address = f"/problems#{kind}" if kind else "about:blank"
        self.document = ProblemDocument(type=address, title=title, status=status, detail=detail, **more)

    @property
    def text(self) -> str:
        """The body of the answer."""
        return self.document.model_dump_json(exclude_none=True)

    @property
    def response(self) -> Response:
        """The answer."""
        return Response(self.text, self.status_code, self.headers, MEDIA_TYPE)


def refusal(decision: tf.Refused, actor: tf.Actor, version: int | None) -> Problem:
    """Return the problem of a refused command, with every reason."""
    kinds, reasons = decision.kinds, reason_documents(decision.reasons, actor)
    detail = "; ".join(str(each["what"]) for each in reasons)
    if "stale" in kinds:
        return Problem(409, "the ticket has changed", detail, kind="stale", reasons=reasons, version=version)
    status = 403 if "not_allowed" in kinds else 422
    return Problem(status, "the command is refused", detail, kind="refused", reasons=reasons)


def reason_documents(reasons: Sequence[tf.Reason], actor: tf.Actor) -> list[Mapping[str, object]]:
    """Return reasons as documents. Customers are not told what others did to the ticket: some of it is internal."""
    if actor.role in OUTSIDERS:
        reasons = [attrs.evolve(each, what=each.what.partition("; in between")[0], between=()) for each in reasons]
    return [documents.plain(each) for each in reasons]


def unavailable(detail: str) -> Problem:
    """Return the problem of a service that cannot answer now."""
    return Problem(503, "the service is unavailable", detail, kind="unavailable", headers=RETRY_AFTER)


def handle_problems(app: FastAPI) -> None:
    """Let an app answer every error with a problem. None has a stack trace; the log does."""

    def add(kind: type[Exception], problem: Callable[[Any], Problem]) -> None:
        async def respond(_: Request, error: Exception) -> Response:
            return problem(error).response

        app.add_exception_handler(kind, respond)

    add(Problem, lambda error: error)
    add(StarletteHTTPException, _of_http)
    add(RequestValidationError, _of_validation)
    add(DocumentError, wrong_document)
    add(UnknownHolidaysError, lambda error: Problem(422, "the holidays are not known", str(error)))
    add(BadValueError, lambda error: wrong([ErrorOfRequest(pointer="", what=error.what, fix=error.fix)]))
    for kind in (OperationalError, InterfaceError, PoolTimeoutError, ConnectorException):
        add(kind, _of_database)
    add(Exception, lambda _: Problem(500, "internal error", "the service has a fault; its log says which"))


def _of_http(error: StarletteHTTPException) -> Problem:
    return Problem(error.status_code, str(error.detail), str(error.detail), headers=error.headers)


def _of_validation(error: RequestValidationError) -> Problem:
    return wrong([ErrorOfRequest(pointer=_pointer(each["loc"]), what=each["msg"]) for each in error.errors()])


def _pointer(place: Sequence[str | int]) -> str:
    where, *rest = place
    return "".join(f"/{each}" for each in rest) if where == "body" else str(rest[0] if rest else where)


def wrong_document(error: DocumentError) -> Problem:
    """Return the problem of a command document that is wrong as written."""
    return wrong([ErrorOfRequest(pointer=each.pointer or "", what=each.what, fix=each.fix) for each in error.problems])


def wrong(errors: list[ErrorOfRequest]) -> Problem:
    """Return the problem of a request that is wrong as written, with every error."""
    detail = "; ".join(each.what for each in errors)
    return Problem(422, "the request is wrong as written", detail, kind="bad-request", errors=errors)


def _of_database(error: Exception) -> Problem:
    log.warning("the database failed: %s", error)
    return unavailable("the database does not answer; send the request again")
