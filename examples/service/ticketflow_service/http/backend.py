"""What requests share, and what they do with it: find tickets that an actor may see, and give commands."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime
from typing import cast

import attrs
from sqlalchemy import Engine

import ticketflow as tf
from ticketflow import commands, documents
from ticketflow.errors import ConflictError
from ticketflow_service.clocks import REAL, Clock
from ticketflow_service.desk import Desk, new_id
from ticketflow_service.http.keys import digest_of, first_answer, keep_answer
from ticketflow_service.http.problems import ErrorOfRequest, Problem, refusal, unavailable, wrong
from ticketflow_service.http.shapes import GIVEN, Answer, TicketPage, TicketRow, TicketView, Wanted
from ticketflow_service.storage import Queue, SqlStore
from ticketflow_service.texts import forget_text, keep_text


@attrs.frozen
class Asked:
    """A ticket that an actor may see, when it is asked for.

    Attributes:
        ticket: The ticket with everything due before *at* carried out, as a command finds it.
        rules: The rules in force.
        at: The instant.
    """

    ticket: tf.Ticket
    rules: tf.Rules
    at: datetime

    @property
    def view(self) -> TicketView:
        """The ticket as an answer shows it."""
        facts = attrs.asdict(tf.service.row_of(self.ticket, self.rules), recurse=False)
        return TicketView(**facts, is_hidden=self.ticket.is_hidden, fields=dict(self.ticket.fields))


@attrs.frozen
class Backend:
    """What requests share. A page in HTML uses it as the API does.

    Attributes:
        engine: The database.
        queue: Queues the sending; None if a worker reads the outbox.
        clock: The clock of the service.
    """

    engine: Engine
    queue: Queue | None = None
    clock: Clock = REAL
    _local: threading.local = attrs.field(factory=threading.local, init=False, eq=False)

    @property
    def desk(self) -> Desk:
        """The desk of the present thread."""
        if not hasattr(self._local, "desk"):
            self._local.desk = Desk(SqlStore(self.engine, self.queue))
        return cast("Desk", self._local.desk)

    def rules(self) -> tf.Rules:
        """Return the rules in force.

        Raises:
            Problem: None are.
        """
        try:
            return self.desk.store.rules_in_force()
        except LookupError as error:
            raise unavailable(str(error)) from None

    def ask(self, ticket: str, actor: tf.Actor) -> Asked:
        """Return a ticket.

        Raises:
            Problem: It does not exist, or the actor may not see it. Both have the same answer.
        """
        found, rules, now = self.desk.store.load(ticket), self.rules(), self.clock.now()
        if found is None or not may_see(actor, found.requester, found.assignee):
            raise Problem(404, "not found", f"there is no ticket {ticket!r}")
        due = tf.evaluate(now, found, rules)  # at most as much as one call carries out, however far behind it is
        return Asked(tf.apply(found, due).unwrap().ticket, rules, now)

    def page(self, actor: tf.Actor, wanted: Wanted) -> TicketPage:
        """Return the wanted tickets of those that an actor may see."""
        only = wanted.model_dump(exclude_none=True, exclude={"after", "limit"})
        own = {"customer": "requester", "third_party": "assignee"}.get(actor.role)
        if own and only.setdefault(own, actor.id) != actor.id:
            return TicketPage(tickets=[], after=None)
        found = self.desk.store.rows(only, wanted.after, wanted.limit + 1)
        shown = [TicketRow.model_validate(each) for each in found[: wanted.limit]]
        return TicketPage(tickets=shown, after=shown[-1].ticket if len(found) > wanted.limit else None)

    def give(
        self, body: dict[str, object], actor: tf.Actor, ticket: str | None, event_id: str | None = None
    ) -> tuple[int, str]:
        """Give a command to a ticket; return the status of HTTP and the answer in JSON.

        Args:
            body: The command document, without what `GIVEN` names.
            actor: Who gives it.
            ticket: The id of the ticket; None for an opening.
            event_id: The id of its delivery. The answer to a repeated one is the first answer. None if it has none.

        Raises:
            Problem: The command is wrong as written or is refused, or the event id belongs to another request.
        """
        self.rules()
        name = event_id or str(uuid.uuid4())
        command = self._command(body, actor, ticket, name)
        if ticket is not None:
            self.ask(ticket, actor)
        before = first_answer(self.engine, name, digest_of(ticket, body)) if event_id else None
        if before is not None:
            return before
        try:
            status, answer = 201 if ticket is None else 200, self._given(command, actor, ticket).model_dump_json()
        except Problem as problem:
            if problem.document.reasons is None:  # nothing was decided
                raise
            status, answer = problem.status_code, problem.text
        if event_id:
            keep_answer(self.engine, name, status, answer)
        return status, answer

    def _command(self, body: dict[str, object], actor: tf.Actor, ticket: str | None, name: str) -> commands.Command:
        """Return the command of a body."""
        message, is_open = body.get("message"), body.get("do") == "open"
        unwanted = [f"/{each}" for each in sorted(GIVEN & body.keys())]
        if isinstance(message, dict) and "id" in message:
            unwanted.append("/message/id")
        found = [ErrorOfRequest(pointer=each, what="the service gives this", fix="leave it out") for each in unwanted]
        if is_open is not (ticket is None):
            found.append(ErrorOfRequest(pointer="/do", what="it is at another path", fix="open tickets at /tickets"))
        if found:
            raise wrong(found)
        more: dict[str, object] = {}
        if isinstance(message, dict) and "nothing" not in message:
            more["message"] = {**message, "id": name}
        if is_open:
            more["ticket"] = new_id(name)
        at, by = self.clock.now().isoformat(), {"role": actor.role, "id": actor.id, "groups": sorted(actor.groups)}
        return documents.read("command", body | more | {"format": "command/1", "at": at, "by": by, "event_id": name})

    def _given(self, command: commands.Command, actor: tf.Actor, ticket: str | None) -> Answer:
        message = getattr(command, "message", None)
        if message is not None:
            keep_text(self.engine, message)
        try:
            decision = self.desk.give(command, ticket).decision
        except ConflictError as error:
            row = self.desk.store.row(error.ticket)
            version = None if row is None else row.version
            raise Problem(409, "the ticket changes", str(error), kind="conflict", version=version) from None
        if isinstance(decision, tf.Refused):
            if message is not None:
                forget_text(self.engine, message.id)
            version = None if ticket is None else self.ask(ticket, actor).ticket.version
            raise refusal(decision, actor, version)
        asked = Asked(decision.ticket, self.rules(), command.at)
        hints = [each.text("en") for each in decision.hints]
        return Answer(ticket=asked.view, opened=decision.created.id if decision.created else None, hints=hints)


def may_see(actor: tf.Actor, requester: str | None, assignee: str | None) -> bool:
    """Return whether an actor may see a ticket: customers theirs, third parties what is assigned to them."""
    if actor.role == "customer":
        return requester == actor.id
    return actor.role != "third_party" or assignee == actor.id
