"""A desk with clocks, in a test: three states between which anybody of the support moves, and short words for that.

November 2026: Mon 23, Tue 24, Wed 25, Thu 26, Fri 27. Hours are Monday to Friday 9 to 18, nights every day 22 to 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.support.desk import ANA, CUSTOMER, Desk, utc
from ticketflow import BusinessCalendar, Field, Message, Rules, State, Ticket, Transition, Workflow, commands
from ticketflow.calendars.calendar import Calendar
from ticketflow.kernel.field_values import Value
from ticketflow.rules.automations import Rule
from ticketflow.sla.policies import Policy
from ticketflow.sla.reading import Reading, read, read_all
from ticketflow.tickets.actors import PEOPLE, Actor
from ticketflow.tickets.ticket import Breach
from ticketflow.workflow.definition import Opening

OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
NIGHTS = BusinessCalendar("UTC", "mon-sun 22:00-06:00")
STATES = {"open": "open", "waiting": "pending", "done": "resolved"}
SUPPORT = ("agent", "administrator")


def on(day: int, hour: int, minute: int = 0, micro: int = 0) -> datetime:
    """Return an instant of November 2026."""
    return utc(2026, 11, day, hour, minute, 0, micro)


def workflow(freezes: Iterable[str] = ()) -> Workflow:
    return Workflow(
        (
            State("open"),
            State("waiting", "pending", freezes=frozenset(freezes)),
            State("done", "resolved"),
        ),
        tuple(Transition(name, set(STATES) - {name}, name, may=SUPPORT) for name in STATES),
        (Field("prio", ("low", "high", "vip")), Field("hold", kind="truth"), Field("promised", kind="moment")),
        openings=(Opening("open", PEOPLE, takes=("prio", "promised")),),
    )


def desk_rules(
    *policies: Policy, rules: Iterable[Rule] = (), freezes: Iterable[str] = (), office: Calendar = OFFICE
) -> Rules:
    calendars = {"default": office, "nights": NIGHTS}
    return Rules("clocks", workflow(freezes), calendars, tuple(rules), None, policies)


class Clocks(Desk):
    """One ticket of a desk with clocks, opened by the customer with a message."""

    def __init__(
        self,
        *policies: Policy,
        rules: Iterable[Rule] = (),
        freezes: Iterable[str] = (),
        opened: datetime = on(23, 9),  # noqa: B008 -- frozen
        by: Actor = CUSTOMER,
        public: bool = True,
        **fields: Value,
    ) -> None:
        super().__init__(desk_rules(*policies, rules=rules, freezes=freezes))
        self.give(commands.Open("T-1", fields=fields, message=self.message(public=public), at=opened, by=by))

    def go(self, at: datetime, state: str) -> None:
        """Let the ticket go to a state without a word."""
        self.give(commands.Move(state, at=at, by=ANA))

    def put(self, at: datetime, **fields: Value) -> None:
        self.give(commands.SetFields(fields, at=at, by=ANA))

    def resolve_with_a_word(self, at: datetime) -> None:
        self.give(commands.Move("done", Message("solved"), at=at, by=ANA))

    @property
    def name(self) -> str:
        return self.rules.clocks[0].name

    def read(self, now: datetime) -> Reading:
        """Return how the first clock stands when everything due is done."""
        self.advance(now)
        return read(now, self.ticket, self.rules.clock(self.name))

    def read_all(self, now: datetime) -> tuple[Reading, ...]:
        self.advance(now)
        return read_all(now, self.ticket, self.rules.clock(self.name))

    def breaches(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Return when targets were missed until *now*, and when they were due."""
        self.advance(now)
        return [(breach.at, breach.due_at) for breach in self.ticket.breaches]


def breach(ticket: Ticket) -> Breach:
    (only,) = ticket.breaches
    return only
