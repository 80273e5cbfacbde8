"""The format of scenario cases: the steps, and what a step can expect of a ticket.

docs/conformance.md describes it for authors.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never

import attrs

from ticketflow.calendars.spans import Elapsed
from ticketflow.calendars.trace import Why
from ticketflow.conformance.cases import CaseHead, DocumentRules, PresetRules
from ticketflow.documents.introspection import Partial
from ticketflow.engine.plans import Due
from ticketflow.engine.refusals import Reason, RefusalCode
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels
from ticketflow.service.delivery import Mode
from ticketflow.service.explanations import Explanation, Verdict
from ticketflow.service.intake import Arrival, Route
from ticketflow.service.migration import ClockChange
from ticketflow.service.reports import Report, Summary
from ticketflow.sla.reading import Reading
from ticketflow.sla.trace import PartKind
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor, Role
from ticketflow.tickets.events import Event
from ticketflow.tickets.facts import Category
from ticketflow.tickets.messages import Message


@attrs.frozen
class Automatic:
    """An entry that a rule made.

    Attributes:
        rule: The id of the rule.
        at: When the entry took effect.
        due_at: When the rule was due.
        events: The events of the entry.
        kinds: The tags of these events.
        sent: The templates of the messages that the rule requested.
    """

    rule: str
    at: datetime
    due_at: datetime
    events: tuple[Event, ...]
    kinds: tuple[str, ...]
    sent: tuple[str, ...]


@attrs.frozen
class Recorded:
    """One event of the history, with its entry.

    Attributes:
        at: When the event took effect.
        occurred_at: When it occurred according to its sender, if that is another instant.
        role: The role of the actor.
        by: The id of the actor.
        rule: The rule that caused the event; None for a command.
        event: The event.
        message: Some attributes of the message, if one was added.
    """

    at: datetime
    occurred_at: datetime | None
    role: Role
    by: str
    rule: str | None
    event: Event
    message: Partial[Message] | None


@attrs.frozen
class Traced:
    """A part of a clock's cycle.

    Attributes:
        start: Its start.
        end: Its end.
        kind: Whether it counted, or why not.
        state: The state of the ticket.
        why: The calendar's reason; None if time counts by day and by night.
        name: The name of the holiday, if that is the reason.
    """

    start: datetime
    end: datetime
    kind: PartKind
    state: str
    why: Why | None
    name: str | None


LabeledKind = Literal["states", "transitions", "fields", "pipelines", "lists", "automations", "templates", "choices"]
"""The kinds of parts of a rule set that have labels; ``choices`` are those of the snooze options."""


@attrs.frozen
class View:
    """What a case can expect of a ticket at an instant.

    Attributes:
        state: The name of the state.
        category: The category of the state.
        assignee: The assignee.
        requester: The requester.
        fields: The values of the named fields.
        outcome: The outcome of the ticket.
        rating: The answer to the survey.
        is_hidden: Whether the ticket is hidden.
        snoozed_until: The end of the pending snooze.
        lists: The lists that show the ticket.
        texts: The texts of the named templates, by language.
        follows: The ticket that this one follows up.
        links: The linked tickets.
        earlier: The number of entries in the history of the ticket that this one follows up.
        first_answer_by: The author of the first public answer.
        first_resolution_by: The author of the first resolution.
        records: All events of the named kinds of records, oldest first.
        automatic: All entries that rules made, oldest first.
        due: The answer of `evaluate` at that instant.
        sends: The templates of the messages and the names of the emitted events of this plan that `deliveries` sends
            by default.
        withholds: The reason for each message of this plan that `deliveries` withholds.
        has_more: Whether a bound cut this plan short.
        unknown_from: The instant from which this plan does not know what is due; None if it knows everything.
        next_due: The next due instant of the ticket as the steps left it.
        clocks: The readings of the named clocks.
        cycles: The readings of all cycles of the named clocks, oldest first.
        traces: The parts of the present cycles of the named clocks, or of their last ones, oldest first.
        verdicts: The verdicts on all rules, implied ones included.
        explain: The explanations of the named rules.
        report: The ticket's report.
        labels: The labels of parts of the rule set by kind and name.
    """

    state: str
    category: Category
    assignee: str | None
    requester: str | None
    fields: FrozenMap[str, Value]
    outcome: Value
    rating: int | None
    is_hidden: bool
    snoozed_until: datetime | None
    lists: tuple[str, ...]
    texts: FrozenMap[str, Labels]
    follows: str | None
    links: tuple[str, ...]
    earlier: int
    first_answer_by: str | None
    first_resolution_by: str | None
    records: FrozenMap[str, tuple[Partial[Recorded], ...]]
    automatic: tuple[Partial[Automatic], ...]
    due: tuple[Partial[Due], ...]
    sends: tuple[str, ...]
    withholds: tuple[str, ...]
    has_more: bool
    unknown_from: datetime | None
    next_due: datetime | None
    clocks: FrozenMap[str, Partial[Reading]]
    cycles: FrozenMap[str, tuple[Partial[Reading], ...]]
    traces: FrozenMap[str, tuple[Partial[Traced], ...]]
    verdicts: FrozenMap[str, Verdict]
    explain: FrozenMap[str, Partial[Explanation]]
    report: Partial[Report]
    labels: FrozenMap[LabeledKind, FrozenMap[str, Labels]]


@attrs.frozen(kw_only=True)
class CommandStep:
    """Give a command to a ticket.

    Attributes:
        command: The command.
        ticket: The ticket; None for that of the previous step.
        refused: The codes of all reasons of the refusal; empty if the command is accepted.
        reasons: Further expectations of these reasons, in order.
        hints: The names of the hints with the answer; None for any.
        hint_data: The data of some hints, by name.
        is_repeated: Whether this delivery was accepted before.
        comment: A remark for readers.
    """

    command: commands.Command
    ticket: str | None = None
    refused: tuple[RefusalCode, ...] = ()
    reasons: tuple[Partial[Reason], ...] = ()
    hints: tuple[str, ...] | None = None
    hint_data: FrozenMap[str, FrozenMap[str, Value]] = attrs.field(factory=FrozenMap)
    is_repeated: bool = False
    comment: str = ""

    def __attrs_post_init__(self) -> None:
        if self.reasons and not self.refused:
            raise BadValueError("an accepted command has no reasons", "give the codes of the refusal under refused")
        if self.refused and (self.hints is not None or self.hint_data or self.is_repeated):
            raise BadValueError("a refused command has no hints and is not repeated", "leave them out")


@attrs.frozen(kw_only=True)
class BulkStep:
    """Give a command to several tickets at once.

    Attributes:
        bulk: The command.
        tickets: The tickets.
        refused: The codes of all reasons, for each ticket that refuses.
        comment: A remark for readers.
    """

    bulk: commands.Command
    tickets: tuple[str, ...]
    refused: FrozenMap[str, tuple[RefusalCode, ...]] = attrs.field(factory=FrozenMap)
    comment: str = ""


@attrs.frozen(kw_only=True)
class ArrivalStep:
    """Route a message that names no ticket, and add it where it belongs.

    Attributes:
        arrives: The message.
        at: When the message arrives.
        to: The expected route.
        new_ticket: The id of a new ticket, if the message opens one.
        among: The tickets of the sender; None for all of the case.
        comment: A remark for readers.
    """

    arrives: Arrival
    at: datetime
    to: Route
    new_ticket: str = "new"
    among: tuple[str, ...] | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class ExpectationStep:
    """Expect something of a ticket at an instant, without changing it.

    Attributes:
        expect: The expectations.
        at: The instant.
        ticket: The ticket; None for that of the previous step.
        as_of: Whether the ticket is looked at as it stood then. *at* can be before its last entries.
        comment: A remark for readers.
    """

    expect: Partial[View]
    at: datetime
    ticket: str | None = None
    as_of: bool = False
    comment: str = ""


@attrs.frozen(kw_only=True)
class AdvanceStep:
    """Carry out everything that is due.

    Attributes:
        advance: The instant.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    advance: datetime
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class PlanStep:
    """Make a plan and keep it for a later step.

    Attributes:
        plan: The name of the plan in this case.
        at: The instant of the plan.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    plan: str
    at: datetime
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class ApplyStep:
    """Apply a plan of an earlier step.

    Attributes:
        apply: The name of the plan in this case.
        refused: The codes of all reasons of the refusal; empty if the plan is applied.
        is_repeated: Whether the history already had the whole plan.
        comment: A remark for readers.
    """

    apply: str
    refused: tuple[RefusalCode, ...] = ()
    is_repeated: bool = False
    comment: str = ""


@attrs.frozen(kw_only=True)
class VerifyStep:
    """Expect whether the rule set would have made a plan of an earlier step from the ticket as it is.

    Attributes:
        verify: The name of the plan in this case.
        is_true: Whether it would.
        comment: A remark for readers.
    """

    verify: str
    is_true: bool
    comment: str = ""


@attrs.frozen(kw_only=True)
class RulesStep:
    """Use another rule set from here on.

    Attributes:
        rules: The rule set.
        comment: A remark for readers.
    """

    rules: PresetRules | DocumentRules
    comment: str = ""


@attrs.frozen(kw_only=True)
class MigrationStep:
    """Preview the effect of another rule set on the clocks of a ticket.

    Attributes:
        migrate: The other rule set.
        at: The instant.
        changes: The expected changes, sorted by the names of the clocks; none for clocks that stay the same.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    migrate: PresetRules | DocumentRules
    at: datetime
    changes: tuple[Partial[ClockChange], ...]
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class SummaryStep:
    """Summarize the reports of several tickets.

    Attributes:
        summary: The expected summary.
        at: The instant.
        tickets: The tickets; None for all of the case.
        since: The start of the window; None for the openings.
        comment: A remark for readers.
    """

    summary: Partial[Summary]
    at: datetime
    tickets: tuple[str, ...] | None = None
    since: datetime | None = None
    comment: str = ""


@attrs.frozen
class Choice:
    """What a case can expect of a command or a transition that is shown to an actor.

    Attributes:
        is_open: Whether the actor can do it now.
        target: The state that it leads to, if that is known.
        needs: What must come with it.
        refused: The codes of all reasons that forbid it.
    """

    is_open: bool
    target: str | None
    needs: tuple[str, ...]
    refused: tuple[RefusalCode, ...]


@attrs.frozen
class Choices:
    """What a case can expect of the answer of `available`.

    Attributes:
        open_commands: The names of all commands, except moves, that the actor can give now, in any order.
        open_moves: The names of all transitions that the actor can take now, in any order.
        commands: The named commands.
        moves: The named transitions.
    """

    open_commands: tuple[str, ...]
    open_moves: tuple[str, ...]
    commands: FrozenMap[str, Partial[Choice]]
    moves: FrozenMap[str, Partial[Choice]]


@attrs.frozen(kw_only=True)
class AvailableStep:
    """Expect what an actor can do at an instant.

    Attributes:
        available: The expected commands and transitions.
        by: The actor.
        at: The instant. Everything due is carried out first.
        is_new: Whether the question is about a ticket that does not exist yet.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    available: Partial[Choices]
    by: Actor
    at: datetime
    is_new: bool = False
    ticket: str | None = None
    comment: str = ""


@attrs.frozen
class Sent:
    """A message of a plan, or an event that it emits.

    Attributes:
        template: The template of a message; None for an emitted event.
        to: The recipient of a message; None for an emitted event.
        event: The name of an emitted event; None for a message.
        rule: The rule that requested or emitted it.
        at: When its entry took effect.
        why: Why it is withheld; None if it is sent.
    """

    template: str | None
    to: str | None
    event: str | None
    rule: str
    at: datetime
    why: str | None


@attrs.frozen
class Split:
    """What a case can expect of the answer of `deliveries`.

    Attributes:
        sends: The messages and emitted events to send, in order.
        withholds: Those to withhold, in order.
    """

    sends: tuple[Partial[Sent], ...]
    withholds: tuple[Partial[Sent], ...]


@attrs.frozen(kw_only=True)
class DeliveriesStep:
    """Expect which messages and emitted events of a plan are sent, or of the answer to a command, which is given.

    Attributes:
        deliveries: The expected messages and events.
        at: The instant of the plan; None for the answer to a command.
        command: The command; None for a plan.
        sent_at: When they are sent; None for the instant of the plan or the command.
        modes: The modes of rules by id.
        graces: The graces of rules by id, for the mode *within a grace*.
        default: The mode of all other rules.
        default_grace: The grace of all other rules; it replaces *default*.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    deliveries: Partial[Split]
    at: datetime | None = None
    command: commands.Command | None = None
    sent_at: datetime | None = None
    modes: FrozenMap[str, Mode] = attrs.field(factory=FrozenMap)
    graces: FrozenMap[str, Elapsed] = attrs.field(factory=FrozenMap)
    default: Mode = "latest"
    default_grace: Elapsed | None = None
    ticket: str | None = None
    comment: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.at is None) is (self.command is None):
            raise BadValueError("the messages are not those of one plan or command", "give either at or command")


@attrs.frozen(kw_only=True)
class FollowUpsStep:
    """Expect the follow-ups that a plan requests, then carry out the plan and open them.

    Attributes:
        follow_ups: The expected ids of the new tickets, in order.
        at: The instant of the plan.
        by: Who opens them.
        ticket: The ticket; None for that of the previous step.
        comment: A remark for readers.
    """

    follow_ups: tuple[str, ...]
    at: datetime
    by: Actor
    ticket: str | None = None
    comment: str = ""


@attrs.frozen
class AgendaEntry:
    """An entry of an agenda.

    Attributes:
        ticket: The ticket.
        at: Its next due instant.
    """

    ticket: str
    at: datetime


@attrs.frozen(kw_only=True)
class AgendaStep:
    """Put tickets on an agenda, and expect its entries.

    Attributes:
        agenda: All entries, earliest first.
        at: The instant for *due*.
        due: The tickets that are due by *at*, earliest first.
        tickets: The tickets, in the order in which they are put; None for all of the case.
        comment: A remark for readers.
    """

    agenda: tuple[AgendaEntry, ...]
    at: datetime
    due: tuple[str, ...] = ()
    tickets: tuple[str, ...] | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class ReportsStep:
    """Expect the reports of several tickets.

    Attributes:
        reports: The reports of the named tickets.
        at: The instant.
        calendar: The calendar on which working time is counted.
        since: The start of the window; None for the openings.
        comment: A remark for readers.
    """

    reports: FrozenMap[str, Partial[Report]]
    at: datetime
    calendar: str = "default"
    since: datetime | None = None
    comment: str = ""


Step = (
    CommandStep
    | BulkStep
    | ArrivalStep
    | ExpectationStep
    | AdvanceStep
    | PlanStep
    | ApplyStep
    | VerifyStep
    | RulesStep
    | MigrationStep
    | SummaryStep
    | AvailableStep
    | DeliveriesStep
    | FollowUpsStep
    | AgendaStep
    | ReportsStep
)


def described(step: Step) -> str:
    """Return a short description of a step, for messages."""
    match step:
        case CommandStep(command=command) | BulkStep(bulk=command):
            return f"{type(command).__name__} at {command.at.isoformat()}"
        case ArrivalStep(at=at):
            return f"a message arrives at {at.isoformat()}"
        case ExpectationStep(at=at):
            return f"expectation at {at.isoformat()}"
        case AdvanceStep(advance=at):
            return f"advance at {at.isoformat()}"
        case PlanStep(plan=name):
            return f"make plan {name!r:.40}"
        case ApplyStep(apply=name):
            return f"apply plan {name!r:.40}"
        case VerifyStep(verify=name):
            return f"verify plan {name!r:.40}"
        case RulesStep():
            return "change the rules"
        case MigrationStep(at=at):
            return f"preview of a migration at {at.isoformat()}"
        case SummaryStep(at=at):
            return f"summary at {at.isoformat()}"
        case AvailableStep(by=by, at=at):
            return f"what {by.id!r:.40} can do at {at.isoformat()}"
        case DeliveriesStep(at=datetime() as at):
            return f"deliveries at {at.isoformat()}"
        case DeliveriesStep(command=command):
            assert command is not None  # noqa: S101 -- the step has an instant or a command
            return f"deliveries of {type(command).__name__} at {command.at.isoformat()}"
        case FollowUpsStep(at=at):
            return f"follow-ups at {at.isoformat()}"
        case AgendaStep(at=at):
            return f"agenda at {at.isoformat()}"
        case ReportsStep(at=at):
            return f"reports at {at.isoformat()}"
        case _:
            assert_never(step)


@attrs.frozen(kw_only=True)
class Scenario(CaseHead):
    """A case about the history of tickets.

    Attributes:
        rules: The rule set.
        steps: The commands and the expectations, in order.
    """

    rules: PresetRules | DocumentRules
    steps: tuple[Step, ...]
