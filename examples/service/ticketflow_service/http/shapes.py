"""The shapes of bodies and answers. Those that are documents of the library have its schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

import ticketflow as tf
from ticketflow import documents

Schema = dict[str, Any]

GIVEN = frozenset({"at", "by", "event_id", "format", "$schema", "ticket", "new_ticket"})
"""What a command document has and a body has not: the service adds it. So nobody acts as another."""

_MARK = "x-document"
"""The key under which a schema names a kind of document. `openapi` puts the schema there."""


def _document(kind: str) -> WithJsonSchema:
    return WithJsonSchema({_MARK: kind})


CommandBody = Annotated[dict[str, object], _document("command")]
OpenBody = Annotated[dict[str, object], _document("open")]
EntryDocument = Annotated[Mapping[str, object], _document("entry")]
ReasonDocument = Annotated[Mapping[str, object], _document("reason")]
ExplanationDocument = Annotated[Mapping[str, object], _document("explanation")]


Id = Annotated[str, Field(pattern="^[!-~]{1,256}$")]


class Wanted(BaseModel):
    """Which tickets a list has.

    Attributes:
        requester: The id of the person for whom they are; None for any.
        assignee: The id of their owner; None for any.
        state: Their state; None for any.
        category: The category of the state; None for any.
        after: The id after which the page begins.
        limit: The greatest number.
    """

    model_config = ConfigDict(extra="forbid")
    requester: Id | None = None
    assignee: Id | None = None
    state: Id | None = None
    category: tf.Category | None = None
    after: Annotated[str, Field(pattern="^[!-~]{0,256}$")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TicketRow(_View):
    """The facts of a ticket as it is stored; `ticketflow.service.Row` says what each means."""

    ticket: str
    version: int
    state: str
    category: tf.Category
    requester: str | None
    assignee: str | None
    active_at: datetime
    follows: str | None
    next_due: datetime | None


class TicketPage(_View):
    """Some tickets in the order of their ids, and the id after which the next page begins; null after the last."""

    tickets: list[TicketRow]
    after: str | None


class TicketView(TicketRow):
    """A ticket as a command would find it now."""

    is_hidden: bool
    fields: dict[str, str | int | bool | datetime | None]


class Answer(_View):
    """The answer to an accepted command: the ticket after it, the ticket that it opened, and what to tell people."""

    ticket: TicketView
    opened: str | None
    hints: list[str]


class OptionView(_View):
    """Something that the actor could do, what it needs, where it leads, and every reason that forbids it."""

    command: str
    transition: str | None
    needs: list[str]
    target: str | None
    reasons: list[ReasonDocument]


class ExplanationView(_View):
    """What a rule does or waits for, in words and as a document."""

    text: str
    explanation: ExplanationDocument


class MessageView(_View):
    """A message of a ticket with its text, if the service has it."""

    id: str
    at: datetime
    role: str
    by: str
    public: bool
    automatic: bool
    subject: str | None
    text: str | None


def _components(kind: str) -> Iterator[tuple[str, Schema]]:
    """Yield the schema of a kind of document and those that it refers to, by the names that they have in OpenAPI."""
    whole = cast("Schema", _renamed(documents.schema(kind), kind))
    for name, each in whole.pop("$defs").items():
        yield f"{kind}.{name}", each
    yield kind, {name: held for name, held in whole.items() if name != "$schema"}


def _renamed(schema: object, kind: str) -> object:
    if isinstance(schema, list):
        return [_renamed(each, kind) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _renamed(held, kind) for name, held in schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str):
        found["$ref"] = reference.replace("#/$defs/", f"#/components/schemas/{kind}.")
    return found


def _without(schema: Schema, names: frozenset[str]) -> Schema:
    kept = {name: held for name, held in schema["properties"].items() if name not in names}
    return schema | {"properties": kept, "required": [each for each in schema.get("required", ()) if each not in names]}


def _document_schemas() -> dict[str, Schema]:
    """Return the schemas of all documents, and of the parts of command documents that bodies have."""
    found = dict(each for kind in ("command", "entry", "reason", "explanation") for each in _components(kind))
    for name in ("command.Mail", "command.Message"):  # the id of a message is that of the request
        found[name] = _without(found[name], frozenset({"id"}))
    bodies = [_without(each, GIVEN) for each in found["command"]["anyOf"]]
    is_open = [each["properties"]["do"]["const"] == "open" for each in bodies]
    found["open"] = bodies[is_open.index(True)]
    found["command"] = {"anyOf": [each for each, opens in zip(bodies, is_open, strict=True) if not opens]}
    return found


def make_openapi(app: FastAPI, problem: type[BaseModel], media_type: str) -> Schema:
    """Return the OpenAPI document of an app, with the library's schemas and the problems of every operation."""
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = found["components"]["schemas"]
    more = problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= more.pop("$defs", {}) | {problem.__name__: more} | _document_schemas()
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{problem.__name__}"}}}
    for operations in found["paths"].values():
        for each in operations.values():
            each["responses"].pop("422", None)
            each["responses"] |= {"4XX": {"description": "A problem", "content": content}}
            each["responses"] |= {"503": {"description": "Send it again later", "content": content}}
    return cast("Schema", _marked(found))


def _marked(schema: object) -> object:
    """Replace each mark by a reference to the schema of the document."""
    if isinstance(schema, list):
        return [_marked(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if _MARK in schema:
        return {"$ref": f"#/components/schemas/{schema[_MARK]}"}
    return {name: _marked(held) for name, held in schema.items()}
