"""Who uses the page, and in which language.

The session is the token of the API in a cookie that scripts cannot read. Links of other sites can lead to the page with
it; their forms and images are sent without it. So the page may do what the API may, and a token that is revoked ends
the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import attrs
from fastapi import Depends, Request, Response

import ticketflow as tf
from ticketflow_service.http.backend import Backend
from ticketflow_service.http.problems import OUTSIDERS, Problem
from ticketflow_service.http.routes import backend_of
from ticketflow_service.page.words import LANGUAGES, WORDS
from ticketflow_service.tokens import actor_of

COOKIE = "session"
LANGUAGE = "language"
MOST_INPUTS = 100


class SignInNeededError(Exception):
    """Nobody is signed in."""


@attrs.frozen
class Visit:
    """A request of somebody who is signed in.

    Attributes:
        backend: What requests share.
        actor: Who it is.
        token: The name of their token.
        language: The language of the page.
    """

    backend: Backend
    actor: tf.Actor
    token: str
    language: str

    @property
    def is_outsider(self) -> bool:
        """Whether it is not somebody of the support, so internal notes are not for them."""
        return self.actor.role in OUTSIDERS

    @property
    def words(self) -> Mapping[str, str]:
        """The words of the page."""
        return WORDS[self.language]


def language_of(request: Request) -> str:
    """Return the language that the visitor chose, or else the first one that their browser asks for and we have."""
    asked = request.headers.get("accept-language", "")[:200].replace(";", ",").split(",")
    wanted = [request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE), *asked]
    known = (each.strip().partition("-")[0] for each in wanted if each)
    return next((each for each in known if each in LANGUAGES), LANGUAGES[0])


def visit_of(request: Request) -> Visit:
    """Return the visit of a request.

    Raises:
        SignInNeededError: The cookie has no valid token.
    """
    backend, token = backend_of(request), request.cookies.get(COOKIE, "")
    actor = actor_of(backend.engine, token)
    if actor is None:
        raise SignInNeededError
    return Visit(backend, actor, token.partition(".")[0], language_of(request))


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the inputs of a form that this page sent.

    Raises:
        Problem: Another site sent it, or it is not a form.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "not allowed", "the form was sent by another site")
    try:
        text = (await request.body()).decode()
        found = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_INPUTS)
    except ValueError:
        raise Problem(422, "the request is wrong as written", "the body is not a form") from None
    return {name: values[-1].strip() for name, values in found.items()}


def place(path: str) -> str:
    """Return a path of this page as it is, and the inbox for everything else: a form cannot lead to another site."""
    return path if path.startswith(("/inbox", "/new", "/sign-in")) else "/inbox"


def keep(response: Response, request: Request, name: str, value: str) -> None:
    """Keep a value in a cookie of the visitor."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=7 * 86_400, httponly=True, samesite="lax", secure=secure)


Visiting = Annotated[Visit, Depends(visit_of)]
Form = Annotated[Mapping[str, str], Depends(form_of)]
