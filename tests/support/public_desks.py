"""How five public desks compute the due instant of a clock: small restatements, in our own words and code.

Each takes the same story of a ticket and answers what the desk would show when it is seen. They are read from
public source and documentation, and none was run beside its desk; docs/clocks-compared.md says what was read where,
and what is left out. What a desk has no clock for, or what could not be confirmed, is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import attrs

ZERO = timedelta(0)
SECOND = timedelta(seconds=1)
GREENWICH = ZoneInfo("UTC")


@attrs.frozen
class Hours:
    """One shift a day on some weekdays, on the wall of a zone."""

    zone: ZoneInfo = GREENWICH
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(18)
    shut: frozenset[date] = frozenset()

    def without(self, day: str) -> Hours:
        return attrs.evolve(self, shut=self.shut | {date.fromisoformat(day)})


class Happening(NamedTuple):
    """What happens to a ticket: a public message of a person, or a status, a priority, a holiday named in *value*."""

    at: datetime
    kind: Literal["customer", "agent", "third party", "status", "priority", "holiday"]
    value: str = ""


@attrs.frozen(kw_only=True)
class Story:
    """A ticket's life, its first happening the message that opens it, and when it is seen.

    Its status is ``open``, ``pending`` or ``resolved``, its priority ``low`` to begin with. The reply clock is that of
    answers after the first. A deadline set by hand stands instead of the targets.
    """

    asks: Literal["resolution", "first reply", "reply"] = "resolution"
    hours: Hours = Hours()
    targets: Mapping[str, timedelta]
    by_hand: datetime | None = None
    happenings: tuple[Happening, ...]
    look: datetime

    @property
    def opened(self) -> datetime:
        return self.happenings[0].at

    def messages(self, *kinds: str) -> list[datetime]:
        return [each.at for each in self.happenings if each.kind in kinds]

    def spells(self, *statuses: str) -> list[tuple[datetime, datetime | None]]:
        """Return from when until when the ticket was in these; the one under way has no end."""
        moves = [("open", self.opened), *((each.value, each.at) for each in self.happenings if each.kind == "status")]
        ends = [*(at for _, at in moves[1:]), None]
        return [(at, end) for (status, at), end in zip(moves, ends, strict=True) if status in statuses]

    @property
    def status(self) -> str:
        return next((each.value for each in reversed(self.happenings) if each.kind == "status"), "open")

    @property
    def target(self) -> timedelta:
        """The time that the priority last set allows."""
        return self.targets[next((each.value for each in reversed(self.happenings) if each.kind == "priority"), "low")]


class Answer(NamedTuple):
    """What a desk shows: ``done`` is resolved without a verdict, ``none`` a ticket on which nothing is due."""

    state: Literal["running", "paused", "late", "met", "done", "none"]
    due: datetime | None = None


Shifts = Iterable[tuple[datetime, datetime]]


def shifts(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is open from *start* on, endlessly."""
    day = start.astimezone(hours.zone).date()
    while True:
        if day.weekday() in hours.days and day not in hours.shut:
            opens, closes = (datetime.combine(day, wall, hours.zone) for wall in (hours.opens, hours.closes))
            if closes.astimezone(UTC) > start:
                yield max(opens.astimezone(UTC), start), closes.astimezone(UTC)
        day += timedelta(days=1)


def without(open_: Shifts, breaks: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is open outside *breaks*, which come in order."""
    for opens, closes in open_:
        begin = opens
        for start, end in breaks:
            if begin < end and start < closes:
                if begin < start:
                    yield begin, start
                begin = end
        if begin < closes:
            yield begin, closes


def added(open_: Shifts, amount: timedelta, *, rolls: bool = True) -> datetime:
    """Return when *amount* has passed; what ends exactly at a closing *rolls* to the next opening, or does not."""
    for opens, closes in open_:
        if amount < closes - opens or (amount == closes - opens and not rolls):
            return opens + amount
        amount -= closes - opens
    raise AssertionError


def between(open_: Shifts, end: datetime) -> timedelta:
    """Return how much is open until *end*."""
    return sum((min(closes, end) - opens for opens, closes in takewhile(lambda each: each[0] < end, open_)), ZERO)


def verdict(due: datetime, look: datetime, done: datetime | None) -> Answer:
    if (done or look) > due:
        return Answer("late", due)
    return Answer("met" if done else "running", due)


Desk = Callable[[Story], Answer | None]


def on_the_wall(desk: Desk) -> Desk:
    """Let a desk count with local wall times as if every day had 24 hours."""

    def counted(story: Story) -> Answer | None:
        zone = story.hours.zone

        def wall(at: datetime) -> datetime:
            return at.astimezone(zone).replace(tzinfo=UTC)

        happenings = tuple(each._replace(at=wall(each.at)) for each in story.happenings)
        hours, by_hand = attrs.evolve(story.hours, zone=GREENWICH), story.by_hand and wall(story.by_hand)
        walls = attrs.evolve(story, hours=hours, happenings=happenings, look=wall(story.look), by_hand=by_hand)
        answer = desk(walls)
        return answer and answer._replace(due=answer.due and answer.due.replace(tzinfo=zone).astimezone(UTC))

    return counted


@on_the_wall
def frappe(story: Story) -> Answer | None:
    """Return what Frappe Helpdesk shows: open time on hold is added up and allowed on top, at every save.

    A save judges by what it has just computed, a pause under way not yet in it; without a save an hourly job judges
    open tickets by what is stored. Being parked or resolved sets the first response. Time since a resolution is hold.

    Source: frappe/helpdesk 6018181a (2026-07-23), helpdesk/helpdesk/doctype: hd_service_level_agreement.py (apply,
    set_hold_time, calc_time, handle_agreement_status) and hd_ticket.py (set_first_responded_on,
    on_communication_update, update_sla_status_in_ticket).
    """
    if story.asks == "reply" or story.by_hand:
        return None
    status, target, hours, held = "open", story.targets["low"], story.hours, ZERO
    since: datetime | None = None
    resolved: datetime | None = None
    answered: datetime | None = None
    answer = Answer("none")
    for at, kind, value in story.happenings:
        if kind == "holiday":
            hours = hours.without(value)
            continue  # nothing saves the ticket
        if kind == "priority":
            target = story.targets[value]
        if kind == "agent" and at != story.opened:
            answered = answered or at
        if kind == "status":
            stood = since or resolved
            if value == "pending" or (status, value) == ("open", "resolved"):
                answered = answered or at
            if stood and value != "pending":
                held += between(shifts(hours, stood), at)
            since, resolved = at if value == "pending" else None, at if value == "resolved" else None
            status = value
        is_reply = story.asks == "first reply"
        due = added(shifts(hours, story.opened), target if is_reply else target + held, rolls=False)
        answer = verdict(due, at, answered if is_reply else resolved)
    if status == "open" and answer.state == "running" and answer.due:
        return verdict(answer.due, story.look, None)
    return answer._replace(state="paused") if status == "pending" and answer.state == "running" else answer


def zammad(story: Story) -> Answer | None:
    """Return what Zammad shows: the finished pauses of its history are breaks of the calendar, from creation on.

    While the state ignores escalation nothing is due. The first closing is kept for good: reopened, a ticket has no
    solution time any more. The update time runs from the first customer's message since the agent's last; everyone
    who is no agent counts as customer. An edited calendar or another SLA recomputes open tickets.

    Source: zammad/zammad 1aa4e68c, lib/escalation.rb, lib/escalation/ticket_biz_break.rb, destination_time.rb;
    4ca1e987 (2026), app/models/ticket/sets_close_time.rb; 0bd781fa (2022), app/models/ticket/article/
    has_ticket_contact_attributes_impact.rb; zendesk/biz dddeea68 (2025-12-10), lib/biz/timeline.
    """
    if story.by_hand:
        return None
    hours = story.hours
    for each in story.happenings:
        hours = hours.without(each.value) if each.kind == "holiday" else hours
    breaks = [(start, end) for start, end in story.spells("pending", "resolved") if end]
    agent, customers = story.messages("agent"), story.messages("customer", "third party")
    start: datetime | None = story.opened
    match story.asks:
        case "first reply":
            done = min(agent, default=None)
        case "resolution":
            done = min((at for at, _ in story.spells("resolved")), default=None)
            if done and story.status != "resolved":
                return Answer("none")
        case _:
            start, done = next((at for at in customers if not agent or at > agent[-1]), None), None
    if start is None:
        return Answer("none")
    if done:  # nothing is due any more; the minutes it took are kept
        return Answer("met" if between(without(shifts(hours, start), breaks), done) <= story.target else "late")
    if story.status != "open":
        return Answer("paused")
    return verdict(added(without(shifts(hours, start), breaks), story.target), story.look, None)


@on_the_wall
def glpi(story: Story) -> Answer | None:
    """Return what GLPI shows: open time spent waiting or solved is added to the due date when that ends.

    Another SLA (a priority's, by a business rule) is computed from the opening and forgets what was waited. A date set
    by hand without an SLA moves likewise. An edited calendar reaches a ticket with the next of these. It has no reply
    clocks: its time to own is met by taking charge.

    Source: glpi-project/glpi, src/CommonITILObject.php 002c0a26 (pre_updateInDB), src/Calendar.php and
    src/LevelAgreement.php 0042059c (computeEndDate, computeDate), src/Ticket.php 0000378a (getDatasToAddSLA).
    """
    if story.asks != "resolution":
        return None
    hours, status, waited, target = story.hours, "open", ZERO, story.targets["low"]
    begun: datetime | None = None
    due = story.by_hand or added(shifts(hours, story.opened), target)
    for at, kind, value in story.happenings:
        if kind == "holiday":
            hours = hours.without(value)
        if kind == "priority":
            target, waited = story.targets[value], ZERO
            due = added(shifts(hours, story.opened), target)
        if kind == "status":
            if begun and status != "open":
                delay = between(shifts(hours, begun), at)
                waited += delay
                first = story.by_hand or added(shifts(hours, story.opened), target)
                due = added(shifts(hours, first), waited) if waited else first
            begun, status = at if value != "open" else None, value
    answer = verdict(due, story.look, begun if status == "resolved" else None)
    return answer._replace(state="paused") if status == "pending" else answer


def zendesk(story: Story) -> Answer | None:
    """Return what Zendesk shows for its requester wait time, first reply time and next reply time.

    Pending stops the wait, solving fulfils it, reopening goes on. Reply times are not paused; the first is an agent's
    next public comment after creation, the next runs from the oldest comment of an end user that is unanswered. A
    schedule that is edited does not reach targets already set. There is no answer where none was found: from when the
    target of a changed priority counts, whose the exact boundary is, and whether a first reply is owed on a ticket that
    an agent opened.

    Source, documentation only: developer.zendesk.com, ticket metric event types; support.zendesk.com 4408821871642
    (first reply time), 4408829459866 (SLA policies) and 4408885881498 (troubleshooting). How working time is added is
    taken from their public library zendesk/biz dddeea68; that the desk uses it was not confirmed.
    """
    by_agent = story.asks == "first reply" and story.happenings[0].kind == "agent"
    if story.by_hand or story.messages("priority") or by_agent:
        return None
    agent, start, done = story.messages("agent"), story.opened, None
    breaks: list[tuple[datetime, datetime]] = []
    match story.asks:
        case "first reply":
            done = min((at for at in agent if at > start), default=None)
        case "reply":
            waits = [at for at in story.messages("customer", "third party") if agent and at > agent[-1]]
            if not waits:
                return Answer("none")
            start = waits[0]
        case "resolution":
            breaks = [(begin, end) for begin, end in story.spells("pending", "resolved") if end]
            done = story.spells("resolved")[-1][0] if story.status == "resolved" else None
            if story.status == "pending":
                return Answer("paused")
    edges = [at for pair in breaks for at in pair] + ([done] if done else [])
    if any(between(without(shifts(story.hours, start), breaks), at) == story.target for at in edges):
        return None  # used up exactly at an edge
    return verdict(added(without(shifts(story.hours, start), breaks), story.target), story.look, done)


def rt(story: Story) -> Answer | None:
    """Return the Due that Request Tracker shows for a level with Resolve or Response, in business minutes.

    Resolve ignores ``stalled`` and excludes its time: open time from entering to leaving it, both seconds included, is
    added first. Response runs from the oldest message of the requestors since anybody else's, who all count as staff
    (unless configured otherwise). Due is set at creation, and when somebody corresponds or status or level change;
    nothing tells whether a resolved ticket kept it. Without a level a Due set by hand stays.

    Source: bestpractical/rt 72106ba9 (2025-06-05), lib/RT/SLA.pm (CalculateTime), lib/RT/Action/SLA_SetDue.pm,
    lib/RT/Condition/SLA_RequireDueSet.pm, the SLA part of etc/RT_Config.pm.in; Business::Hours 0.13 (CPAN).
    """
    if story.by_hand:
        return verdict(story.by_hand, story.look, None)
    hours = story.hours
    due: datetime | None = None
    for number, (_, kind, value) in enumerate(story.happenings, 1):
        if kind == "holiday":
            hours = hours.without(value)
            continue
        so_far = attrs.evolve(story, happenings=story.happenings[:number])
        if story.asks != "resolution":
            inside = so_far.messages("agent", "third party")
            waits = [wrote for wrote in so_far.messages("customer") if not inside or wrote > inside[-1]]
            due = added(shifts(hours, waits[0]), story.target) if waits else None
            continue
        due = story.opened
        for start, end in so_far.spells("pending"):
            if end is not None:
                is_open = next(shifts(hours, end))[0] == end
                due = added(shifts(hours, due), between(shifts(hours, start), end) + (SECOND if is_open else ZERO))
        due = None if so_far.status == "pending" else added(shifts(hours, due), so_far.target)
    if story.status == "resolved":
        return Answer("done", due)
    if due is None:
        return Answer("paused" if story.status == "pending" else "none")
    return verdict(due, story.look, None)


DESKS: Mapping[str, Desk] = {"Frappe": frappe, "Zammad": zammad, "GLPI": glpi, "Zendesk": zendesk, "RT": rt}
