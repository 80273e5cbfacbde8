"""The routes of the page."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates

import ticketflow as tf
from ticketflow import documents
from ticketflow.errors import DocumentError
from ticketflow_service.http.backend import Asked
from ticketflow_service.http.problems import Problem, ProblemDocument, wrong_document
from ticketflow_service.http.routes import SVG, TicketId, backend_of, draw, shown_messages
from ticketflow_service.page import forms, session
from ticketflow_service.page.inbox import inbox, lists_of, subject_of
from ticketflow_service.page.session import Form, Visit, Visiting, place
from ticketflow_service.page.words import LANGUAGES, WORDS
from ticketflow_service.tokens import actor_of

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may do with the page: no scripts, nothing of other sites."""

templates = Jinja2Templates(HERE / "templates")


def path_of(ticket: str) -> str:
    """Return the path of a ticket's page."""
    return f"/inbox/{quote(ticket, safe='')}"


templates.env.globals["path_of"] = path_of
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route that tells problems as a page, and sends visitors who are not signed in to the form for that."""

    def get_route_handler(self) -> Handler:
        """Return the handler of requests."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except session.SignInNeededError:
                to = urlencode({"to": request.url.path})
                return RedirectResponse(f"/sign-in?{to}", HTTPStatus.SEE_OTHER)
            except Exception as error:
                handlers = request.app.exception_handlers
                answer = await next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)(request, error)
                if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
                    log.exception("a page failed")
                return _page(request, "problem.html", answer.status_code, what=_problem(request, answer.status_code))

        return shown


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def start() -> Response:
    """Lead to the inbox."""
    return RedirectResponse("/inbox", HTTPStatus.SEE_OTHER)


@router.get("/page.{kind}")
def static(kind: Literal["css", "svg"]) -> Response:
    """Return the style sheet or the icon."""
    return FileResponse(HERE / "static" / f"page.{kind}", headers={"Cache-Control": "max-age=300"})


@router.get("/sign-in")
def ask_for_token(request: Request) -> Response:
    """Show the form to sign in."""
    return _page(request, "sign_in.html", to=place(request.query_params.get("to", "")))


@router.post("/sign-in")
def sign_in(request: Request, form: Form) -> Response:
    """Keep the token in the session."""
    backend, token = backend_of(request), form.get("token", "")
    if actor_of(backend.engine, token) is None:
        return _page(request, "sign_in.html", 422, to=place(form.get("to", "")), is_wrong=True)
    answer = RedirectResponse(place(form.get("to", "")), HTTPStatus.SEE_OTHER)
    session.keep(answer, request, session.COOKIE, token)
    return answer


@router.post("/sign-out")
def sign_out(_: Form) -> Response:
    """End the session in this browser. `revoke` makes the token invalid everywhere."""
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(session.COOKIE)
    return answer


@router.post("/language")
def choose_language(request: Request, form: Form) -> Response:
    """Keep the language of the visitor, and show what they saw."""
    answer = RedirectResponse(place(form.get("to", "")), HTTPStatus.SEE_OTHER)
    if form.get("language") in LANGUAGES:
        session.keep(answer, request, session.LANGUAGE, form["language"])
    return answer


@router.get("/inbox")
def show_inbox(request: Request, visit: Visiting) -> Response:
    """Show a list of tickets."""
    lists = lists_of(visit)
    which = request.query_params.get("list", lists[0])
    if which not in lists:
        raise Problem(404, "not found", f"there is no list {which!r:.50}")
    found = inbox(visit, which, request.query_params.get("before", ""))
    desk = forms.Desk(visit, visit.backend.rules())
    return _page(request, "inbox.html", visit=visit, which=which, lists=lists, found=found, desk=desk)


@router.get("/new")
def ask_for_opening(request: Request, visit: Visiting) -> Response:
    """Show the form for a new ticket."""
    return _opening(request, visit)


@router.post("/new")
def open_ticket(request: Request, visit: Visiting, form: Form) -> Response:
    """Open a ticket."""
    status, answer, errors = _give(visit, form, None)
    if errors:
        return _opening(request, visit, errors, form, status)
    return RedirectResponse(f"{path_of(answer['ticket']['ticket'])}?done=new", HTTPStatus.SEE_OTHER)


@router.get("/inbox/{ticket}")
def show_ticket(request: Request, visit: Visiting, ticket: TicketId) -> Response:
    """Show a ticket."""
    return _ticket(request, visit, visit.backend.ask(ticket, visit.actor))


@router.post("/inbox/{ticket}")
def act(request: Request, visit: Visiting, ticket: TicketId, form: Form) -> Response:
    """Give a command to a ticket. What was typed stays if it is refused."""
    status, answer, errors = _give(visit, form, visit.backend.ask(ticket, visit.actor))
    if errors:
        return _ticket(request, visit, visit.backend.ask(ticket, visit.actor), errors, form, status)
    done = urlencode({"done": form.get("do", "")})
    return RedirectResponse(f"{path_of(answer['opened'] or ticket)}?{done}", HTTPStatus.SEE_OTHER)


@router.get("/inbox/{ticket}/picture")
def picture(visit: Visiting, ticket: TicketId) -> Response:
    """Draw a ticket for the support."""
    if visit.is_outsider:
        raise Problem(403, "not allowed", "only the support sees histories, because they tell of internal notes")
    return Response(draw(visit.backend.ask(ticket, visit.actor), visit.language), media_type=SVG)


def _give(visit: Visit, form: Form, asked: Asked | None) -> tuple[int, dict[str, Any], list[str]]:
    """Give the command of a form. Return the status of HTTP, the answer, and what is wrong, in the visitor's words."""
    desk, ticket = forms.Desk(visit, visit.backend.rules()), asked.ticket if asked else None
    for each in desk.forms(asked) if asked else filter(None, [desk.opening()]):
        if each.does == form.get("do") and (missing := desk.missing(each, form)):
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}, missing
    key = form.get("key", "")
    name = f"{key}@{visit.token}" if key.isalnum() and len(key) == 2 * forms.KEY_BYTES else None
    try:
        status, answer = visit.backend.give(desk.body(form, ticket), visit.actor, ticket.id if ticket else None, name)
    except Problem as problem:
        if problem.status_code == HTTPStatus.NOT_FOUND:
            raise
        status, answer = problem.status_code, problem.text
    except DocumentError as error:
        status, answer = HTTPStatus.UNPROCESSABLE_ENTITY, wrong_document(error).text
    if status < HTTPStatus.BAD_REQUEST:
        return status, json.loads(answer), []
    found = ProblemDocument.model_validate_json(answer)
    reasons = [desk.wording.reason(documents.read("reason", dict(each))) for each in found.reasons or ()]
    errors = [desk.error(each.pointer, each.what, each.fix) for each in found.errors or ()]
    return status, {}, reasons or errors or [visit.words[f"problem_{status}"]]


def _opening(
    request: Request, visit: Visit, errors: list[str] | None = None, form: Form | None = None, status: int = 200
) -> Response:
    desk = forms.Desk(visit, visit.backend.rules())
    return _page(request, "new.html", status, visit=visit, form=desk.opening(), errors=errors, given=form or {})


def _ticket(
    request: Request,
    visit: Visit,
    asked: Asked,
    errors: list[str] | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    desk, ticket = forms.Desk(visit, asked.rules), asked.ticket
    is_support = not visit.is_outsider
    return _page(
        request,
        "ticket.html",
        status,
        visit=visit,
        desk=desk,
        ticket=ticket,
        subject=subject_of(visit, asked),
        next_due=tf.next_due(ticket, asked.rules) if is_support else None,
        messages=shown_messages(visit.backend, asked, visit.actor),
        errors=errors,
        given=form or {},
        actions=desk.forms(asked),
        rare=forms.RARE,
        forbidden=desk.forbidden(asked),
        history=list(tf.timeline(ticket, asked.rules, language=visit.language)) if is_support else [],
        explained=tf.explain(asked.at, ticket, asked.rules) if is_support else (),
        is_support=is_support,
        done=None if errors else desk.done(request.query_params.get("done", "")),
    )


def _problem(request: Request, status: int) -> str:
    words = WORDS[session.language_of(request)]
    return words.get(f"problem_{status}", words["problem_500"])


def _page(request: Request, name: str, status: int = 200, **more: object) -> Response:
    visit = more.get("visit")
    language = visit.language if isinstance(visit, Visit) else session.language_of(request)
    context = {"words": WORDS[language], "language": language, "key": secrets.token_hex(forms.KEY_BYTES), **more}
    context |= {"other": LANGUAGES[1 - LANGUAGES.index(language)], "here": place(request.url.path)}
    answer = templates.TemplateResponse(request, name, context, status)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
