"""Adereso: tickets that stay open as long as somebody has put them *in progress*.

Source: the article on the state "En Progreso" of Adereso's help centre (Spanish), read 2026-11-21. Rows A1 to A11;
docs/presets/adereso.md lists what the source leaves open and what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ticketflow.actions import Move, SendMessage
from ticketflow.anchors import LastMessage
from ticketflow.automations import (
    AtClosing,
    Automation,
    During,
    Ladder,
    On,
    OnMessage,
    Rule,
    Rung,
)
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import CategoryIs, StateIs
from ticketflow.errors import BadValueError
from ticketflow.presets.offices import office
from ticketflow.rules import Rules
from ticketflow.sla import Policy, Target, resolution
from ticketflow.spans import Elapsed, EveryWeek
from ticketflow.values import ROLES, Hint, Language, names
from ticketflow.workflow import Listing, Permission, State, Transition, Workflow

NOTICE = Hint(
    "in_progress_notice",
    {
        "en": "While this ticket is in progress nothing closes it and nobody is reminded: setting it back to open, or "
        "closing it, is up to you.",
        "es": "Mientras este ticket esté En Progreso nada lo cierra ni se envían recordatorios: volver a Abierto, o "
        "cerrarlo, depende de usted.",
    },
)
"""What comes before the change to *in progress* (A4); ``without_hints={"in_progress_notice"}``: don't show it again."""

TO_ENABLE: Mapping[Language, str] = {
    "en": "ask for the state to be switched on for the account: adereso(in_progress=True)",
    "es": "solicite que se active el estado para la cuenta: adereso(in_progress=True)",
}


def adereso(  # noqa: PLR0913 -- its configuration
    calendar: BusinessCalendar | None = None,
    *,
    in_progress: bool = False,
    may_edit: Iterable[str] = ("agent", "administrator"),
    close_after: Elapsed | None = Elapsed(days=3),  # noqa: B008 -- frozen
    wake_after: tuple[Elapsed, ...] = (Elapsed(days=1), Elapsed(days=2)),
    closes_out_of_hours: bool = False,
    answers_out_of_hours: bool = True,
    review: EveryWeek | None = EveryWeek("monday", "09:00"),  # noqa: B008 -- frozen
    targets: tuple[Target, ...] = (),
) -> Rules:
    """Return Adereso's rule set.

    Args:
        calendar: The desk's hours; None for Monday to Friday 9 to 18 in Chile, with its holidays.
        in_progress: Whether the account has the state *in progress* (A1).
        may_edit: The roles and groups that may edit tickets (A8); names that are no roles become groups.
        close_after: How long after an agent's last message an unanswered ticket closes (A2); None: it does not.
        wake_after: When the customer is reminded before that (A2).
        closes_out_of_hours: Whether tickets that are open close whenever the calendar does (A2).
        answers_out_of_hours: Whether a customer who writes while the calendar is shut is told so (A3).
        review: When owners are reminded of their tickets in progress (A9); None: never.
        targets: How long it may take to resolve; tickets in progress go on being measured (A6).

    Raises:
        BadValueError: nobody may edit tickets.

    Source: rows A1 to A11.

    >>> adereso().workflow.state("in_progress").is_enabled
    False
    """
    editors = tuple(sorted(names(may_edit, "may_edit")))
    if not editors:
        raise BadValueError("nobody may edit tickets", "name at least one role or group")
    automations = tuple(
        _automations(
            close_after,
            wake_after,
            review,
            closes_out_of_hours=closes_out_of_hours,
            answers_out_of_hours=answers_out_of_hours,
        )
    )
    return Rules(
        name="adereso",
        workflow=_workflow(editors, automations, in_progress=in_progress),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=automations,
        clocks=(Policy("resolution", resolution(), targets),),
    )


def _workflow(editors: tuple[str, ...], held: tuple[Rule, ...], *, in_progress: bool) -> Workflow:
    """Return the states and who may do what; while in progress, the rules that have a group are held."""
    return Workflow(
        states=(
            State("open", labels={"en": "open", "es": "Abierto"}),
            State(
                "in_progress",
                labels={"en": "in progress", "es": "En Progreso"},
                is_enabled=in_progress,
                to_enable=TO_ENABLE,
                masks={rule.group for rule in held if rule.group is not None},
            ),
            State("closed", "closed", labels={"en": "closed", "es": "Cerrado"}),
        ),
        transitions=(
            Transition(
                "start_progress",
                ("open",),
                "in_progress",
                may=editors,
                hint=NOTICE,
                labels={"en": "put in progress", "es": "Cambiar a En Progreso"},
            ),
            Transition(
                "back_to_open",
                ("in_progress",),
                "open",
                may=editors,
                labels={"en": "back to open", "es": "Cambiar a Abierto"},
            ),
            Transition(
                "close",
                ("open", "in_progress"),
                "closed",
                may=(*editors, "administrator"),
                labels={"en": "close", "es": "Cerrar"},
            ),
        ),
        permissions={
            "assign": Permission(editors),
            "give_back": Permission(editors),
            "set_fields": Permission(editors),
            "link": Permission(editors),
            "bulk": Permission({"administrator"}),
        },
        groups=set(editors) - ROLES,
        lists=(
            Listing("inbox", CategoryIs("open"), labels={"en": "inbox", "es": "Bandeja de Entrada"}),
            Listing("in_progress", StateIs("in_progress"), labels={"en": "in progress", "es": "En Progreso"}),
        ),
    )


def _automations(
    close_after: Elapsed | None,
    wake_after: tuple[Elapsed, ...],
    review: EveryWeek | None,
    *,
    closes_out_of_hours: bool,
    answers_out_of_hours: bool,
) -> Iterator[Rule]:
    at_work = StateIs("open", "in_progress")
    rungs = [Rung(span, SendMessage(f"wake-customer-{number}")) for number, span in enumerate(wake_after, 1)]
    if close_after is not None:
        rungs.append(Rung(close_after, Move("close")))
    if rungs:
        yield Ladder(
            "inactivity",
            since=LastMessage("agent"),
            given=at_work,
            rungs=tuple(rungs),
            group="inactivity",
            min_notice=Elapsed(),
        )
    if closes_out_of_hours:
        yield Automation(
            "out-of-hours-close", AtClosing(), (Move("close"),), given=at_work, group="out_of_hours", rank=1
        )
    if answers_out_of_hours:
        told = (SendMessage("out-of-hours-answer"),)
        yield Automation("out-of-hours-answer", OnMessage("customer"), told, during=During(is_open=False))
    if review is not None:
        reminder = (SendMessage("review-in-progress", to="owner"),)
        yield Automation("review-in-progress", On(review), reminder, given=StateIs("in_progress"))
