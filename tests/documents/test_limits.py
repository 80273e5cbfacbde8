"""What was accepted can be written and read back, however large; what no document could hold is refused in Python."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, utc
from tests.support.hostile_documents import comes_back
from tests.support.small_rule_set import WEEKDAYS, WORKFLOW, small
from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    FixedIntervals,
    Mail,
    PublicHolidays,
    Rules,
    Shift,
    Template,
    apply,
    commands,
    documents,
    evaluate,
    public_holidays,
    verify,
)
from ticketflow.calendars.combined import difference
from ticketflow.compare.differences import Difference
from ticketflow.errors import DefinitionError, DocumentError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import SendMessage
from ticketflow.tickets.events import Opened

NINE = utc(2026, 11, 23, 9)
FACES = "\U0001f600" * 65_000
LABELS = dict.fromkeys(("en", "es", "pt"), "ação " * 40)


def many(count: int, **changes: Any) -> Rules:  # noqa: ANN401 -- attributes of rules
    """Return a rule set with so many rules."""
    when, then = After(Elapsed(hours=1), Entered()), (SendMessage("reminder"),)
    return small(*(Automation(f"rule{number}", when, then, **changes) for number in range(count)))


def in_zone(week: Any, **changes: Any) -> Rules:  # noqa: ANN401 -- attributes of calendars
    """Return a rule set with a calendar."""
    return Rules("desk", WORKFLOW, BusinessCalendar("UTC", week, **changes))


def seconds(count: int) -> tuple[Shift, ...]:
    """Return so many shifts of a microsecond, whose text is long."""
    unit = timedelta(microseconds=1)
    return tuple(Shift(n * timedelta(minutes=1) + unit, n * timedelta(minutes=1) + 2 * unit) for n in range(count))


def long_templates(count: int) -> tuple[Template, ...]:
    return tuple(Template(f"t{n}", {"en": "x" * 20_000}) for n in range(count))


class TestHistories:
    """Histories and mails have no limit, and neither have the documents of either."""

    def test_a_ticket_of_many_long_texts_is_read_back(self) -> None:
        desk = Desk(small())
        desk.open(NINE)
        for number in range(9):
            value = f"{FACES[:-1]}{number}"
            desk.give(commands.SetFields({"note": value}, at=NINE + timedelta(hours=number), by=ANA))
        text = comes_back("ticket", desk.ticket)
        assert len(text.encode()) > 4_194_304

    def test_long_commands_and_actions_are_read_back(self) -> None:
        mail = Mail("m1", subject="s", text="\n" * 3_000_000)
        fields = {f"f{number}": FACES for number in range(20)}
        comes_back("command", commands.Open("T-1", fields, mail, at=NINE, by=CUSTOMER))
        comes_back("event", Opened("T-1", "open", "open", FrozenMap(fields)))

    def test_the_words_of_a_difference_are_not_names(self) -> None:
        comes_back("difference", Difference("changed", ("x",), "a" * 300, "ação", "e" * 300, changes_meaning=True))

    def test_a_limit_can_be_given_for_strangers(self) -> None:
        text = documents.write(commands.Assign("ana", at=NINE, by=ANA)).ljust(1_000)
        assert documents.read("command", text, most=1_000)
        with pytest.raises(DocumentError) as caught:
            documents.read("command", text, most=999)
        assert [problem.code for problem in caught.value.problems] == ["too_large"]

    def test_a_limit_is_in_bytes(self) -> None:
        text = documents.write(commands.SetFields({"note": FACES}, at=NINE, by=ANA))
        assert documents.read("command", text, most=len(text.encode()))
        with pytest.raises(DocumentError, match="give at most"):
            documents.read("command", text, most=len(text))

    @pytest.mark.lives
    def test_a_plan_of_many_entries_is_read_back_and_applied(self) -> None:
        when = After(Elapsed(minutes=1), Entered(), every=Elapsed(minutes=1))
        rules = small(Automation("often", when, (SendMessage("x"),)), occurrences_per_call=9_600)
        desk = Desk(rules)
        desk.open(NINE)
        plan = evaluate(NINE + timedelta(days=30), desk.ticket, rules)
        assert len(plan) == 9_600
        comes_back("plan", plan)
        stored = documents.read("plan", documents.write(plan))
        assert apply(desk.ticket, stored).unwrap().ticket.version == 9_601
        assert verify(stored, desk.ticket, rules)


class TestRuleSets:
    """A rule set in Python has the limits of a document, so it can be written as one."""

    @pytest.mark.parametrize(
        "rules",
        [
            many(1_000, labels=LABELS),
            many(1_000, given=FieldIs("note", FACES[:200])),
            in_zone((seconds(50),) * 7),
            in_zone(
                "mon 09:00-18:00", overrides={date(2026, 1, 1) + timedelta(days=n): "09:00-18:00" for n in range(9_999)}
            ),
            attrs.evolve(
                in_zone("mon 09:00-18:00", public_holidays=public_holidays("US", "CA")), templates=long_templates(100)
            ),
            in_zone(
                "mon 09:00-18:00",
                public_holidays=PublicHolidays(
                    "XX", FrozenMap({date(1900, 1, 1) + timedelta(days=n): "feast" for n in range(9_999)}), 1900, 1999
                ),
            ),
        ],
        ids=["labels", "values", "shifts", "overrides", "known holidays", "own holidays"],
    )
    def test_a_large_one_is_read_back(self, rules: Rules) -> None:
        comes_back("rules", rules)
        assert documents.read("rules", documents.write_toml(rules), written="toml") == rules

    @pytest.mark.parametrize(
        ("changes", "what"),
        [
            (
                {"automations": many(1_000).automations * 2},
                "rules 'small'.automations: there are 2000 items; give at most 1000",
            ),
            (
                {"templates": long_templates(110)},
                "rules 'small': it takes about",
            ),
            (
                {"calendars": {"default": attrs.evolve(WEEKDAYS, week=(seconds(51),) * 7)}},
                "rules 'small'.calendars.default.week[0]: there are 51 items; give at most 50",
            ),
            (
                {"workflow": attrs.evolve(WORKFLOW, fields=(*WORKFLOW.fields, Field("big", tuple(range(1_001)))))},
                "rules 'small'.workflow.fields[3].choices: there are 1001 items; give at most 1000",
            ),
            (
                {
                    "calendars": {
                        "default": WEEKDAYS,
                        **{
                            f"c{n}": attrs.evolve(
                                WEEKDAYS, public_holidays=PublicHolidays(f"X{n}", FrozenMap(), 2020, 2026)
                            )
                            for n in range(21)
                        },
                    }
                },
                "rules 'small'.calendars: the rule set uses the public holidays of 21 places; use at most 20",
            ),
        ],
    )
    def test_what_no_document_could_hold_is_refused(self, changes: dict[str, Any], what: str) -> None:
        with pytest.raises(DefinitionError) as caught:
            attrs.evolve(small(), **changes)
        assert str(caught.value.problems[0]).startswith(what)

    def test_a_day_has_as_many_shifts_as_text_as_in_a_list(self) -> None:
        texts = [f"{n // 4:02}:{n % 4 * 15:02}-{n // 4:02}:{n % 4 * 15 + 5:02}" for n in range(80)]
        assert in_zone("mon " + " ".join(texts[:50]))
        data = documents.plain(small())
        for written in (" ".join(texts), " ".join(texts[:51])):
            data["calendars"] = {"default": {"zone": "UTC", "week": "mon " + written}}
            with pytest.raises(DocumentError) as caught:
                documents.read("rules", data)
            assert [problem.code for problem in caught.value.problems] == ["too_many"]

    def test_fixed_intervals_are_as_many_as_dates(self) -> None:
        stretches = tuple((NINE + timedelta(days=n), NINE + timedelta(days=n, hours=1)) for n in range(10_001))
        closed = difference(WEEKDAYS, FixedIntervals(stretches[:10_000]))
        assert Rules("desk", WORKFLOW, closed)
        with pytest.raises(DefinitionError, match="stretches: there are 10001 items; give at most 10000"):
            Rules("desk", WORKFLOW, difference(WEEKDAYS, FixedIntervals(stretches)))
