"""The rule set: the whole definition of a desk, validated when it is built.

Source: docs/semantics.md 3.10, 3.14, 6.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import BadValueError, DefinitionError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import EPOCH
from ticketflow.kernel.kept import Keeper, kept
from ticketflow.kernel.type_checks import problems_of
from ticketflow.rules import composing
from ticketflow.rules.automations import Automation, Rule, utc_in_force_from
from ticketflow.rules.digest import digest_of
from ticketflow.rules.implied import implied_rules
from ticketflow.rules.limits import limit_problems
from ticketflow.rules.validation import LONGEST_NAME, nesting_problems, ruleset_problems
from ticketflow.sla.clock import Clock
from ticketflow.sla.policies import Policy
from ticketflow.tickets.messages import Template
from ticketflow.tickets.ticket import Ticket, check_ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow
from ticketflow.workflow.snooze import Snoozing

MOST_PROBLEMS = 50
"""The most problems that one error lists. A hostile document can have thousands."""


def _calendars(value: Calendar | Mapping[str, Calendar]) -> FrozenMap[str, Calendar]:
    if isinstance(value, Calendar):
        return FrozenMap({"default": value})
    if not isinstance(value, Mapping):
        raise BadValueError(f"calendars is {value!r:.200}", "give a Calendar, or a mapping from names to calendars")
    return FrozenMap(value)


@attrs.frozen
class Rules(Keeper):
    """The whole definition of a desk: workflow, calendars, rules and clocks.

    Attributes:
        name: The name of the rule set in messages.
        workflow: States, transitions, fields and permissions.
        calendars: The calendars, by name. A single calendar is named ``default``.
        automations: The automations and ladders. Their order does not matter.
        snoozing: The snooze options; None if tickets cannot be snoozed.
        clocks: The policies, with their measures and targets.
        templates: The texts of the messages that rules request. The library sends none.
        remembered_events: The number of last outside events that are recognized by their event ids.
        steps_at_one_instant: The most entries at one instant by rules that set themselves off, directly or through
            others; then those rules are halted.
        unattended_changes: The most automatic entries that change a ticket without an outside event in between; then
            the rules in a circle are halted.
        occurrences_per_call: The most automatic entries of one call. A plan says if there are more; a command before
            which there are more is refused as ``behind``.
        in_force_from: The instant from which all automations and ladders are in force, or later if a rule says so. It
            does not apply to the implied rules: the ends of snoozes and the records of clocks. None means always.

    Raises:
        DefinitionError: The definition is wrong as written. Up to 50 problems are listed, each with its place.

    >>> from ticketflow.workflow.definition import State, Transition
    >>> from ticketflow import BusinessCalendar
    >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
    >>> states, finish = (State("open"), State("done", "closed")), Transition("finish", ["opne"], "done", may={"agent"})
    >>> try:
    ...     Rules("support", Workflow(states, (finish,)), office)
    ... except DefinitionError as error:
    ...     print(error.problems[0])
    rules 'support', workflow.transitions[0] 'finish': no state 'opne'; did you mean 'open'?
    """

    name: str
    workflow: Workflow
    calendars: FrozenMap[str, Calendar] = attrs.field(converter=_calendars)
    automations: tuple[Rule, ...] = ()
    snoozing: Snoozing | None = None
    clocks: tuple[Policy, ...] = ()
    templates: tuple[Template, ...] = ()
    remembered_events: int = 1000
    steps_at_one_instant: int = 64
    unattended_changes: int = 100
    occurrences_per_call: int = 1000
    in_force_from: datetime | None = attrs.field(default=None, converter=utc_in_force_from)

    def __attrs_post_init__(self) -> None:
        place = f"rules {self.name!r}" if len(str(self.name)) <= LONGEST_NAME else "rules"
        for find in (
            problems_of,
            nesting_problems,
            limit_problems,
            ruleset_problems,
        ):  # each one needs a value that the former accept
            problems = tuple(islice(find(self, place), MOST_PROBLEMS))
            if problems:
                raise DefinitionError(problems)
        in_order = tuple(sorted(self.automations, key=lambda rule: rule.id))
        object.__setattr__(self, "automations", in_order)  # equality and the digest do not depend on the listed order

    def adding(self, *parts: composing.Part) -> Rules:
        """Return a rule set with more parts, each after those of its kind.

        Parts are rules, policies, templates, and states, transitions, fields, pipelines and lists of the workflow.

        Raises:
            BadValueError: A part has another type, or there is one of its kind and id already.
            DefinitionError: The result is wrong as written.
        """
        return composing.add(self, parts)

    def replacing(self, name: str, *parts: composing.Part) -> Rules:
        """Return a rule set with the parts of an id replaced by others of their kind, in their place.

        Args:
            name: The id of a rule, or the name of another part. All transitions of a name are replaced.
            parts: The new parts. They may have other ids.

        Raises:
            BadValueError: There is no such part, no replacement, or one of several kinds or of another type.
            DefinitionError: The result is wrong as written.

        >>> from ticketflow.presets.senior import senior
        >>> rules = senior()
        >>> [ladder] = (rule for rule in rules.automations if rule.id == "close-unanswered-request")
        >>> slower = attrs.evolve(ladder, rank=1)
        >>> rules.replacing("close-unanswered-request", slower).automations[2].rank
        1
        """
        return composing.replace(self, name, parts)

    def without(self, *names: str, kind: composing.PartKind | None = None) -> Rules:
        """Return a rule set that leaves parts out.

        Args:
            names: The ids of rules, or the names of other parts.
            kind: The attribute that holds the parts, such as ``automations`` or ``states``. None if the ids tell.

        Raises:
            BadValueError: There is no such part, or parts of several kinds have the id and *kind* is None.
            DefinitionError: Another part needs one that is left out.

        >>> from ticketflow.presets.senior import senior
        >>> senior().without("clsoe")
        Traceback (most recent call last):
            ...
        ticketflow.errors.BadValueError: rules 'senior' has no part 'clsoe'; did you mean 'close'?
        """
        return composing.leave_out(self, names, kind)

    def clock(self, name: str) -> Clock:
        """Return the clock of that name, for readings.

        Raises:
            BadValueError: The clock does not exist.
        """
        known = clocks_of(self)
        found = known.get(name) if isinstance(name, str) else None
        if found is None:
            problem = unknown_name("", "clock", str(name), known)
            raise BadValueError(problem.what, problem.fix)
        return found

    @property
    def digest(self) -> str:
        """The digest of the definition, the same in every process. Entries record it."""
        return _digest(self)


@kept
def _digest(rules: Rules) -> str:
    return digest_of(rules)


@kept
def implied_automations(rules: Rules) -> tuple[Automation, ...]:
    """Return the implied rules: those that follow from the snooze options and the clocks."""
    return implied_rules(rules.snoozing, rules.clocks)


@kept
def all_automations(rules: Rules) -> tuple[Rule, ...]:
    """Return all rules, implied ones included, in the order of their ids.

    Each rule has the instant from which it is in force: the later of its own and that of the rule set.
    """
    written = (_with_force(rule, rules.in_force_from) for rule in rules.automations)
    return tuple(sorted((*written, *implied_automations(rules)), key=lambda rule: rule.id))


@kept
def clocks_of(rules: Rules) -> Mapping[str, Clock]:
    """Return the clocks of the rule set, by name."""
    return {policy.name: _clock(policy, rules) for policy in rules.clocks}


@kept
def masks_of(rules: Rules) -> Mapping[str, conditions.Condition]:
    """Return for each group of rules the condition under which it is masked."""
    groups = {rule.group for rule in rules.automations if rule.group is not None}
    return {group: _mask(group, rules) for group in groups}


def mask_of(rule: Rule, rules: Rules) -> conditions.Condition | None:
    """Return the condition under which *rule* is masked; None if it is in no group."""
    return None if rule.group is None else masks_of(rules)[rule.group]


@kept
def known_before(rules: Rules) -> datetime:
    """Return the instant before which all calendars know their public holidays."""
    limit = min((calendar.limits[1] for calendar in rules.calendars.values()), default=timedelta.max)
    last = datetime.max.replace(tzinfo=UTC)
    return EPOCH + limit if limit <= last - EPOCH else last


def _mask(group: str, rules: Rules) -> conditions.Condition:
    masking = tuple(state.name for state in rules.workflow.states if group in state.masks)
    sleeps = rules.snoozing is not None and group in rules.snoozing.masks
    by_state = (conditions.StateIs(*masking),) if masking else ()
    return conditions.AnyOf(*by_state, *((conditions.IsHidden(),) if sleeps else ()))


def check_rules(rules: Rules) -> None:
    """Check that *rules* is a rule set.

    Raises:
        BadValueError: *rules* is not a Rules.
    """
    if not isinstance(rules, Rules):
        raise BadValueError(f"rules {rules!r:.200} is not a Rules", "give a Rules")


def check_arguments(ticket: Ticket, rules: Rules) -> None:
    """Check that *ticket* is a ticket and *rules* a rule set.

    Raises:
        BadValueError: One of them is something else.
    """
    check_ticket(ticket)
    check_rules(rules)


def _clock(policy: Policy, rules: Rules) -> Clock:
    names = tuple(state.name for state in rules.workflow.states if policy.name in state.freezes)
    by_state = conditions.StateIs(*names) if names else conditions.NEVER
    either = [each for each in (policy.measure.frozen, by_state) if each != conditions.NEVER]
    measure = attrs.evolve(policy.measure, frozen=either[0] if len(either) == 1 else conditions.AnyOf(*either))
    return Clock(policy, measure, rules.calendars, rules.digest)


def _with_force(rule: Rule, in_force_from: datetime | None) -> Rule:
    """Return *rule*, in force from *in_force_from* on if that is later than its own instant."""
    if in_force_from is None or (rule.in_force_from is not None and rule.in_force_from >= in_force_from):
        return rule
    return attrs.evolve(rule, in_force_from=in_force_from)
