"""Adereso: a desk where no automatic rule closes a ticket that is *in progress*.

Source: the article on the state "En Progreso" of Adereso's help center (Spanish), read 2026-11-21. Rows A1 to A11;
docs/presets/adereso.md lists the choices where the source leaves something open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import Elapsed
from ticketflow.errors import BadValueError
from ticketflow.kernel.labels import Labels, Language, freeze_labels
from ticketflow.kernel.names import check_names
from ticketflow.presets.calendars import office
from ticketflow.presets.fields import priority
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Ladder, Rule, Rung
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import AtClosing, During, On, OnMessage
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.actors import PEOPLE, ROLES
from ticketflow.tickets.anchors import Anchor, LastActivity, LastMessage, simple_parts
from ticketflow.tickets.messages import Hint, Template
from ticketflow.workflow.conditions import CategoryIs, StateIs
from ticketflow.workflow.definition import Listing, Opening, Permission, State, Transition, Workflow

NOTICE = Hint(
    "in_progress_notice",
    {
        "en": "While this ticket is in progress, it does not close by itself and the customer gets no reminders. "
        "Setting it back to open or closing it is up to you.",
        "es": "Mientras este ticket esté En Progreso, no se cierra automáticamente ni se envían recordatorios al "
        "cliente. Volver a Abierto o cerrarlo depende de usted.",
    },
)
"""The notice that comes with the change to *in progress* (A4).

A caller that passes ``without_hints={"in_progress_notice"}`` does not get it ("don't show again").
"""

TO_ENABLE: Mapping[Language, str] = {
    "en": "ask for the state to be switched on for the account: adereso(in_progress=True)",
    "es": "solicite que se active el estado para la cuenta: adereso(in_progress=True)",
}
"""The fix in the refusal of a move to *in progress* while the state is disabled (A1)."""

WORDS: Mapping[str, Labels] = {
    "accept": freeze_labels({"en": "accept", "es": "Aceptar"}),
    "without_hints": freeze_labels({"en": "don't show again", "es": "No volver a mostrar"}),
    "bulk": freeze_labels({"en": "bulk actions", "es": "Acciones Masivas"}),
}
"""The source's words for elements of its screens that no rule set contains (A4, A9)."""

_INACTIVITY_CLOSE: Mapping[Language, str] = {"en": "close after inactivity", "es": "Cierre automático por inactividad"}
_REMINDER: Mapping[Language, str] = {"en": "customer reminder", "es": "despierta cliente"}
_REMINDER_TEXTS: Mapping[Language, str] = {
    "en": "We replied to your request {ticket} and have not heard from you since. Do you still need our help?",
    "es": "Respondimos a su solicitud {ticket} y no hemos tenido noticias suyas. ¿Aún necesita nuestra ayuda?",
}
_OUT_OF_HOURS_ANSWER = Template(
    "out-of-hours-answer",
    {
        "en": "Thank you for your message. Our office is closed now. We will reply about {ticket} when we open again.",
        "es": "Gracias por escribirnos. Estamos fuera de horario; le responderemos sobre {ticket} en cuanto abramos.",
    },
    {"en": "out-of-hours reply", "es": "Respuesta fuera de horario laboral"},
)
_REVIEW = Template(
    "review-in-progress",
    {
        "en": "Ticket {ticket} is still in progress. Close it, set it back to open, or leave it if it needs more time.",
        "es": "El ticket {ticket} sigue En Progreso: ciérrelo, cámbielo a Abierto o déjelo si aún requiere gestión.",
    },
    {"en": "weekly review", "es": "Recordatorio semanal"},
)


def adereso(  # noqa: PLR0913 -- its configuration
    calendar: BusinessCalendar | None = None,
    *,
    in_progress: bool = False,
    may_edit: Iterable[str] = ("agent", "administrator"),
    may_bulk: Iterable[str] = ("administrator",),
    close_after: Elapsed | None = Elapsed(days=3),  # noqa: B008 -- frozen
    wake_after: tuple[Elapsed, ...] = (Elapsed(days=1), Elapsed(days=2)),
    inactive_since: Anchor = LastMessage("agent"),  # noqa: B008 -- frozen
    min_notice: Elapsed | None = Elapsed(),  # noqa: B008 -- frozen
    closes_out_of_hours: bool = False,
    answers_out_of_hours: bool = True,
    review: EveryWeek | None = EveryWeek("monday", "09:00"),  # noqa: B008 -- frozen
    review_to: str = "owner",
    targets: tuple[Target, ...] = (),
) -> Rules:
    """Return the rule set of Adereso: unanswered tickets close after reminders, but not while they are in progress.

    Args:
        calendar: The desk's hours. None is Monday to Friday 9 to 18 in Chile, except public holidays.
        in_progress: Whether the state *in progress* is enabled (A1).
        may_edit: The roles and groups that may edit tickets (A8). A name that is not a role becomes a group.
        may_bulk: The roles and groups that may give bulk commands (A9).
        close_after: The elapsed time after which a ticket without an answer from the customer closes (A2). None
            switches the closing off.
        wake_after: The elapsed times after which the customer is reminded before that (A2). An empty tuple switches
            the reminders off.
        inactive_since: The anchor of both: the moment that they are counted from (A2). A customer's message ends the
            count, unless it moves this anchor: then it starts the count anew.
        min_notice: The minimum time between a reminder that was held and the closing (A5). None keeps the distance
            between the last reminder and the closing.
        closes_out_of_hours: Whether open tickets close at each closing of the calendar (A2).
        answers_out_of_hours: Whether a customer who writes outside the calendar's hours gets an automatic reply (A3).
        review: When the desk is reminded of its tickets in progress (A9). None switches the reminder off.
        review_to: The recipient of that reminder: ``owner``, or a role (A9).
        targets: The targets of the clock ``resolution``, which also runs in progress (A6). Empty promises nothing.

    Raises:
        BadValueError: *may_edit* is empty, or an option has the wrong type.

    Source: rows A1 to A11.

    >>> adereso().workflow.state("in_progress").is_enabled
    False
    """
    refuse_wrong_options(adereso, locals())
    editors = tuple(sorted(check_names(may_edit, "may_edit")))
    if not editors:
        raise BadValueError("may_edit is empty", "name at least one role or group")
    bulk_users = tuple(sorted(check_names(may_bulk, "may_bulk")))
    automations = (
        *_inactivity(inactive_since, wake_after, close_after, min_notice),
        *_out_of_hours(closes=closes_out_of_hours, answers=answers_out_of_hours),
        *_review(review, review_to),
    )
    return Rules(
        name="adereso",
        workflow=_workflow(editors, bulk_users, automations, in_progress=in_progress),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=automations,
        clocks=(Policy("resolution", resolution(), targets),),
        templates=(
            *(_reminder_template(number) for number, _ in enumerate(wake_after, 1)),
            *((_OUT_OF_HOURS_ANSWER,) if answers_out_of_hours else ()),
            *((_REVIEW,) if review else ()),
        ),
    )


def _workflow(
    editors: tuple[str, ...], bulk_users: tuple[str, ...], rules: tuple[Rule, ...], *, in_progress: bool
) -> Workflow:
    """Return the workflow; *in progress* masks every group that *rules* use."""
    return Workflow(
        states=(
            State("open", labels={"en": "open", "es": "Abierto"}),
            State(
                "in_progress",
                labels={"en": "in progress", "es": "En Progreso"},
                is_enabled=in_progress,
                to_enable=TO_ENABLE,
                masks={rule.group for rule in rules if rule.group is not None},
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
        fields=(priority(),),
        openings=(Opening("open", PEOPLE | {"robot"}, takes=("priority",)),),
        permissions={
            "assign": Permission(editors),
            "give_back": Permission(editors),
            "set_fields": Permission(editors),
            "link": Permission(editors),
            "bulk": Permission(bulk_users),
        },
        groups={*editors, *bulk_users} - ROLES,
        lists=(
            Listing("inbox", CategoryIs("open"), labels={"en": "inbox", "es": "Bandeja de Entrada"}),
            Listing("in_progress", StateIs("in_progress"), labels={"en": "in progress", "es": "En Progreso"}),
        ),
    )


def _reminder_template(number: int) -> Template:
    labels: Mapping[Language, str] = {language: f"{label} {number}" for language, label in _REMINDER.items()}
    return Template(f"wake-customer-{number}", _REMINDER_TEXTS, labels)


def _inactivity(
    since: Anchor, wake_after: tuple[Elapsed, ...], close_after: Elapsed | None, min_notice: Elapsed | None
) -> Iterator[Rule]:
    """Yield the ladder of the reminders and the closing, if there are any."""
    rungs = [Rung(span, actions.SendMessage(f"wake-customer-{number}")) for number, span in enumerate(wake_after, 1)]
    if close_after is not None:
        rungs.append(Rung(close_after, actions.Move("close")))
    if rungs:
        ladder = Ladder(
            "inactivity",
            since=since,
            given=StateIs("open", "in_progress"),
            rungs=tuple(rungs),
            group="inactivity",
            min_notice=min_notice,
            labels=_REMINDER if close_after is None else _INACTIVITY_CLOSE,
        )
        # A message that begins the count must not end it: a ticket with the customer's word last would never close.
        counts_customers = any(part in _MOVED_BY_CUSTOMERS for part in simple_parts(since))
        yield attrs.evolve(ladder, ended_by=None) if counts_customers else ladder


_MOVED_BY_CUSTOMERS = (LastMessage("customer"), LastMessage("anyone"), LastActivity("command"))
"""The anchors that a customer's message moves."""


def _out_of_hours(*, closes: bool, answers: bool) -> Iterator[Rule]:
    if closes:
        yield Automation(
            "out-of-hours-close",
            AtClosing(),
            (actions.Move("close"),),
            given=StateIs("open", "in_progress"),
            group="out_of_hours",
            rank=1,
            labels={"en": "close outside hours", "es": "Cierre automático fuera de horario laboral"},
        )
    if answers:
        yield Automation(
            "out-of-hours-answer",
            OnMessage("customer"),
            (actions.SendMessage(_OUT_OF_HOURS_ANSWER.name),),
            during=During(is_open=False),
            labels=_OUT_OF_HOURS_ANSWER.labels,
        )


def _review(review: EveryWeek | None, to: str) -> Iterator[Rule]:
    if review is not None:
        reminder = (actions.SendMessage(_REVIEW.name, to=to),)
        yield Automation(
            "review-in-progress", On(review), reminder, given=StateIs("in_progress"), labels=_REVIEW.labels
        )
