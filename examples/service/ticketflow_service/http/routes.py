"""The routes of the API."""
# ruff: noqa: FAST003 -- the dependency `asked` takes the ticket of the path

from __future__ import annotations

import io
import threading
from collections import deque
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Annotated, TypeGuard, cast

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator

import ticketflow as tf
from ticketflow import documents, events, plot
from ticketflow_service.http.backend import Asked, Backend
from ticketflow_service.http.problems import MEDIA_TYPE, OUTSIDERS, TYPES, Problem, reason_documents, unavailable
from ticketflow_service.http.shapes import (
    Answer,
    CommandBody,
    EntryDocument,
    ExplanationView,
    Id,
    MessageView,
    OpenBody,
    OptionView,
    TicketPage,
    TicketView,
    Wanted,
)
from ticketflow_service.texts import texts_of
from ticketflow_service.tokens import actor_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ENTRIES = 5_000
"""The greatest number of entries of a ticket that is drawn."""

DRAWING_WAITS = 5.0
"""The seconds for which a request waits for others that draw. One is drawn at a time."""

drawing = threading.Lock()
SVG = "image/svg+xml"

_bearer = HTTPBearer(auto_error=False, description="A token from the command `token`.")

TicketId = Annotated[
    Id,
    Path(alias="ticket", description="The id of the ticket; a slash in it is written %2F."),
    AfterValidator(lambda name: name.replace("%2F", "/")),
]
Language = Annotated[str, Query(pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$", description="As in BCP 47.")]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern='^"?[A-Za-z0-9_.:-]{1,64}"?$')]


def backend_of(request: Request) -> Backend:
    """Return what the requests of the app share."""
    return cast("Backend", request.app.state.backend)


Shared = Annotated[Backend, Depends(backend_of)]


def authenticated(shared: Shared, given: Credentials) -> tf.Actor:
    """Return the actor of the request's token.

    Raises:
        Problem: There is no valid token.
    """
    actor = actor_of(shared.engine, given.credentials) if given else None
    if actor is None:
        detail = "send a valid token: Authorization: Bearer …"
        raise Problem(401, "not authenticated", detail, headers={"WWW-Authenticate": "Bearer"})
    return actor


def event_id(given: Credentials, key: Key = None) -> str | None:
    """Return the id of the command's delivery; None if the request has no key.

    It has the name of the token, so that two senders can have the same key.
    """
    name = given.credentials.partition(".")[0] if given else ""
    return "{}@{}".format(key.strip('"'), name) if key else None


By = Annotated[tf.Actor, Depends(authenticated)]
EventId = Annotated[str | None, Depends(event_id)]


def asked(shared: Shared, by: By, ticket: TicketId) -> Asked:
    """Return the ticket of the path."""
    return shared.ask(ticket, by)


def asked_by_support(by: By, found: Annotated[Asked, Depends(asked)]) -> Asked:
    """Return the ticket of the path to those who may see internal notes."""
    if by.role in OUTSIDERS:
        raise Problem(403, "not allowed", "only the support sees histories, because they tell of internal notes")
    return found


Found = Annotated[Asked, Depends(asked)]
FoundBySupport = Annotated[Asked, Depends(asked_by_support)]

router = APIRouter()


@router.get("/tickets")
def list_tickets(shared: Shared, by: By, wanted: Annotated[Wanted, Query()]) -> TicketPage:
    """List tickets in the order of their ids. A customer sees their own."""
    return shared.page(by, wanted)


@router.post("/tickets", status_code=201, responses={201: {"model": Answer}})
def open_ticket(shared: Shared, by: By, body: OpenBody, name: EventId) -> Response:
    """Open a ticket: the command `open`. The service chooses the ids of the ticket and the message."""
    return _answer(*shared.give(body, by, None, name))


@router.get("/tickets/{ticket}")
def show(found: Found) -> TicketView:
    """Show a ticket as a command would find it now."""
    return found.view


@router.post("/tickets/{ticket}/commands", responses={200: {"model": Answer}})
def give(shared: Shared, by: By, ticket: TicketId, body: CommandBody, name: EventId) -> Response:
    """Give a command to a ticket. `expected_version` protects against changes that the sender has not seen."""
    return _answer(*shared.give(body, by, ticket, name))


@router.get("/tickets/{ticket}/available")
def available(by: By, found: Found) -> list[OptionView]:
    """List every command and transition, with what it needs and every reason that forbids it."""
    return [
        OptionView(
            command=each.command,
            transition=each.transition,
            needs=list(each.needs),
            target=each.target,
            reasons=reason_documents(each.reasons, by),
        )
        for each in tf.available(found.ticket, by, found.rules)
    ]


@router.get("/tickets/{ticket}/explain")
def explain(found: FoundBySupport, language: Language = "en") -> list[ExplanationView]:
    """Explain every rule: why it has acted, what it waits for, or why it does nothing."""
    words = tf.Wording(found.rules, language=language)
    explained = tf.explain(found.at, found.ticket, found.rules)
    return [ExplanationView(text=words.explanation(each), explanation=documents.plain(each)) for each in explained]


@router.get("/tickets/{ticket}/timeline")
def timeline(
    found: FoundBySupport, language: Language = "en", limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[str]:
    """Tell the history in words, with what comes next: the last lines, the oldest first."""
    return list(deque(tf.timeline(found.ticket, found.rules, language=language), limit))


@router.get("/tickets/{ticket}/history")
def history(
    found: FoundBySupport,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="The sequence before the first entry.")] = -1,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[EntryDocument]:
    """List entries of the history as documents, the oldest first."""
    return [documents.plain(each) for each in islice(found.ticket.history, after + 1, after + 1 + limit)]


@router.get("/tickets/{ticket}/messages")
def messages(
    shared: Shared,
    by: By,
    found: Found,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The number of messages to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[MessageView]:
    """List messages, the oldest first. Customers and third parties see no internal notes."""
    return shown_messages(shared, found, by, after, limit)


@router.get("/tickets/{ticket}/picture", response_class=Response, responses={200: {"content": {SVG: {}}}})
def picture(found: FoundBySupport, language: Language = "en") -> Response:
    """Draw the ticket over time, in SVG."""
    return Response(draw(found, language), media_type=SVG)


@router.get("/problems")
def problems() -> dict[str, str]:
    """List the types of problems, and what each means."""
    return TYPES


def shown_messages(
    shared: Backend, found: Asked, by: tf.Actor, after: int = 0, limit: int | None = None
) -> list[MessageView]:
    """Return messages of a ticket that an actor may see, the oldest first, with their texts."""
    sees_notes = by.role not in OUTSIDERS
    added = ((entry, each.message) for entry in found.ticket.history for each in entry.events if _is_added(each))
    stop = None if limit is None else after + limit
    shown = list(islice(((at, each) for at, each in added if each.public or sees_notes), after, stop))
    texts = texts_of(shared.engine, [each.id for _, each in shown])
    return [
        MessageView(
            id=each.id,
            public=each.public,
            automatic=each.automatic,
            at=entry.at,
            role=entry.actor.role,
            by=entry.actor.id,
            **dict(zip(("subject", "text"), texts.get(each.id, (None, None)), strict=True)),
        )
        for entry, each in shown
    ]


def draw(found: Asked, language: str) -> bytes:
    """Return the picture of a ticket in SVG.

    Raises:
        Problem: The ticket has too many entries, or others have pictures drawn all the time.
    """
    if found.ticket.version > MOST_ENTRIES:
        raise Problem(422, "too long", f"the ticket has more than {MOST_ENTRIES} entries; read its history instead")
    if not drawing.acquire(timeout=DRAWING_WAITS):
        raise unavailable("other pictures are drawn; ask again")
    try:
        figure = plot.plot_ticket(found.ticket, found.rules, language=language).get_figure(root=True)
        written = io.BytesIO()
        cast("Figure", figure).savefig(written, format="svg", bbox_inches="tight", metadata={"Date": None})
    finally:
        drawing.release()
    return written.getvalue()


def _is_added(event: events.Event) -> TypeGuard[events.MessageAdded]:
    return isinstance(event, events.MessageAdded)


def _answer(status: int, text: str) -> Response:
    return Response(text, status, media_type=MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json")
