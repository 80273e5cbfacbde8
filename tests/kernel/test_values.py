"""Small values: what they accept and what they refuse."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.desk import ANA, ROBOT, Desk, utc
from ticketflow import (
    Actor,
    Automation,
    BusinessCalendar,
    Field,
    FieldIs,
    Hint,
    Message,
    OnMessage,
    Rules,
    State,
    Transition,
    Workflow,
    actions,
    check,
    commands,
    documents,
    events,
)
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_id, check_name, escape_id, unescape_id
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.facts import Change, Mark

_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=256) | st.text(
    "%2Fa./", min_size=1, max_size=6
)


class TestToUtc:
    def test_any_zone_becomes_utc(self) -> None:
        assert to_utc(datetime(2026, 11, 19, 15, tzinfo=ZoneInfo("America/Sao_Paulo"))) == utc(2026, 11, 19, 18)
        assert to_utc(datetime(2026, 11, 19, 15, tzinfo=timezone(timedelta(hours=1)))).isoformat().endswith("+00:00")

    def test_the_two_readings_of_a_repeated_hour_stay_two_instants(self) -> None:
        """Python finds the two readings of 01:30 equal; as instants they are an hour apart (1.9)."""
        madrid = ZoneInfo("Europe/Madrid")
        first, second = (datetime(2024, 10, 27, 2, 30, tzinfo=madrid, fold=fold) for fold in (0, 1))
        assert to_utc(second) - to_utc(first) == timedelta(hours=1)

    def test_a_naive_datetime_is_refused_by_name(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="now is 2026-11-19T15:00:00, which has no time zone"):
            to_utc(datetime(2026, 11, 19, 15), "now")  # noqa: DTZ001 -- the point

    def test_a_zone_without_an_offset_is_naive(self) -> None:
        class Nowhere(tzinfo):
            def utcoffset(self, _: datetime | None) -> None:
                return None

            dst = utcoffset

            def tzname(self, _: datetime | None) -> None:
                return None

        with pytest.raises(NaiveDatetimeError):
            to_utc(datetime(2026, 11, 19, tzinfo=Nowhere()))

    def test_other_things_are_refused(self) -> None:
        with pytest.raises(BadValueError, match="not a datetime"):
            to_utc("2026-11-19")  # type: ignore[arg-type] # the point


class TestActor:
    def test_roles_are_a_closed_set(self) -> None:
        with pytest.raises(BadValueError, match="role 'boss' does not exist; there are: administrator, agent"):
            Actor("boss", "ana")  # type: ignore[arg-type] # the point

    def test_a_group_must_not_have_the_name_of_a_role(self) -> None:
        with pytest.raises(BadValueError, match="group 'agent' has the name of a role; give the group another name"):
            Actor("customer", "ana", groups={"agent"})

    @pytest.mark.parametrize("name", ["", "ána", "a b", "a\n", "a\u2028", "a\x7f", "x" * 257, 5])
    def test_ids_are_ascii(self, name: str) -> None:
        with pytest.raises(BadValueError):
            Actor("customer", name)
        with pytest.raises(BadValueError):
            Message(name)

    @pytest.mark.parametrize(
        "name",
        [
            "CAF4+nE=p57PPb6@mail.example.com",
            "<CAF4+nE=p57PPb6@mail.example.com>",
            "bruno+shop@example.com",
            "o'brien@example.com",
            "2026/00123",
            "..",
            "x" * 256,
        ],
    )
    def test_ids_of_mails_and_desks_are_ids(self, name: str) -> None:
        assert Actor("customer", name).id == Message(name).id == name
        assert unescape_id(escape_id(name)) == name

    @given(_IDS, _IDS)
    def test_escaping_is_one_to_one(self, one: str, other: str) -> None:
        assert unescape_id(escape_id(one)) == one
        assert (escape_id(one) == escape_id(other)) is (one == other)
        assert (escape_id(one, ".:@#") == escape_id(other, ".:@#")) is (one == other)

    @given(_IDS)
    def test_an_escaped_id_is_one_segment_of_a_path_and_of_a_url(self, name: str) -> None:
        escaped = escape_id(name)
        assert re.fullmatch(r"[A-Za-z0-9_%-]+(\.[A-Za-z0-9_.%-]*[A-Za-z0-9_%-])?", escaped)
        assert unquote(escaped) == name

    @pytest.mark.parametrize("text", ["", "a/b", "%2f", "%41", "a%", "..", "%20", "%25%", "é", 5, "x" * 257])
    def test_texts_that_escaping_does_not_make_are_refused(self, text: str) -> None:
        with pytest.raises(BadValueError, match="is not an escaped id; give the result of escape_id"):
            unescape_id(text)

    def test_escaping_refuses_what_is_not_an_id_and_cannot_keep_a_percent_sign(self) -> None:
        with pytest.raises(BadValueError, match="id 'a b' is not a valid id; use printable ASCII without blanks"):
            escape_id("a b")
        with pytest.raises(BadValueError, match="keep is 'a%'; give characters other than '%'"):
            escape_id("a", "a%")

    @pytest.mark.parametrize("name", ["Open", "1st", "naïve", "a" * 65, None])
    def test_names_are_lower_case_ascii(self, name: str) -> None:
        with pytest.raises(BadValueError):
            check_name(name, "state")

    def test_a_name_that_is_too_long_is_told_its_length(self) -> None:
        with pytest.raises(BadValueError, match=r"state 'aaa.* has 65 characters; use at most 64$"):
            State("a" * 65)

    def test_a_label_that_is_too_long_is_told_its_length(self) -> None:
        what = r"the text in 'en' has 501 characters: 'aaa.*; give at most 500$"
        with pytest.raises(BadValueError, match=what):
            State("open", labels={"en": "a" * 501})

    def test_valid_ids_and_names_are_returned(self) -> None:
        assert check_id("INC-0042", "ticket") == "INC-0042"
        assert check_name("waiting_for.x-1", "state") == "waiting_for.x-1"


class TestFrozenMap:
    def test_it_is_a_value(self) -> None:
        one = FrozenMap({"b": 2, "a": 1})
        assert one == {"a": 1, "b": 2} == FrozenMap({"a": 1, "b": 2})
        assert hash(one) == hash(FrozenMap({"a": 1, "b": 2}))
        assert repr(one) == "FrozenMap({'a': 1, 'b': 2})"
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- our own

    def test_changes_are_new_maps(self) -> None:
        one = FrozenMap({"a": 1})
        assert one.set("b", 2) == {"a": 1, "b": 2}
        assert one.without("a") == one.without("a").without("c") == {}
        assert one == {"a": 1}

    def test_it_is_frozen_and_independent_of_its_source(self) -> None:
        source = {"a": 1}
        one = FrozenMap(source)
        source["a"] = 2
        assert one["a"] == 1
        changes: list[Callable[[], object]] = [
            lambda: one.__setitem__("a", 3),
            lambda: one.__delitem__("a"),
            lambda: one.__ior__({"b": 2}),
            lambda: one.update(b=2),
            lambda: one.setdefault("b", 2),
            lambda: one.pop("a"),
            one.popitem,
            one.clear,
        ]
        for change in changes:
            with pytest.raises(TypeError, match="frozen"):
                change()
        with pytest.raises(AttributeError):
            setattr(one, "_items", {})  # noqa: B010 -- as an outsider would
        assert one == {"a": 1}


class TestPersistentList:
    def test_it_is_a_frozen_sequence(self) -> None:
        one = PersistentList.of(1, 2, 3)
        assert (list(one), list(reversed(one)), len(one), one.last) == ([1, 2, 3], [3, 2, 1], 3, 3)
        assert one == PersistentList.of(1, 2).append(3) != PersistentList.of(1, 2, 4)
        assert one != PersistentList.of(1, 2)
        assert one != [1, 2, 3]
        assert hash(one) == hash(PersistentList.of(1, 2, 3))
        assert repr(one) == "PersistentList.of(1, 2, 3)"
        with pytest.raises(AttributeError, match="frozen"):
            setattr(one, "last", 1)  # noqa: B010 -- as an outsider would
        with pytest.raises(AttributeError, match="frozen"):
            delattr(one, "last")

    def test_after_returns_the_elements_that_follow(self) -> None:
        assert PersistentList.of(1, 2, 3).after(1) == (2, 3)
        assert PersistentList.of(1, 2, 3).after(3) == ()

    def test_an_empty_list_is_refused(self) -> None:
        with pytest.raises(BadValueError):
            PersistentList.of()

    def test_it_has_indices_and_slices_like_a_tuple(self) -> None:
        items = PersistentList.of(*"abcde")
        assert (items[0], items[1], items[4], items[-1], items[-5]) == ("a", "b", "e", "e", "a")
        assert items[1:3] == ("b", "c")
        assert items[:] == ("a", "b", "c", "d", "e")
        assert items[-2:] == ("d", "e")
        assert items[::-2] == ("e", "c", "a")
        assert items[3:1] == items[9:] == ()
        assert isinstance(items, Sequence)
        assert (items.index("c"), items.count("c"), "c" in items, "x" in items) == (2, 1, True, False)

    @pytest.mark.parametrize("place", [5, -6, 10**30])
    def test_an_index_out_of_range_is_an_index_error(self, place: int) -> None:
        with pytest.raises(IndexError):
            PersistentList.of(*"abcde")[place]

    def test_an_index_is_a_whole_number(self) -> None:
        with pytest.raises(TypeError, match="indices of a persistent list are whole numbers or slices, not str"):
            PersistentList.of(1)["0"]  # type: ignore[call-overload]

    def test_a_copy_is_the_list_itself(self) -> None:
        items = PersistentList.of("a", "b")
        assert copy.copy(items) is items
        assert copy.deepcopy(items) is items

    def test_long_chains_do_not_recurse(self) -> None:
        long, same = PersistentList.of(*range(50_000)), PersistentList.of(*range(50_000))
        assert long == same
        assert hash(long) == hash(same)
        assert pickle.loads(pickle.dumps(long)) == long  # noqa: S301 -- our own
        assert len(repr(long)) > 50_000
        del long, same


class TestChange:
    """The last change of a fact stands for all of them."""

    mark = Mark(utc(2026, 11, 23), 1, 0, "1")

    def test_iterating_yields_the_changes_oldest_first(self) -> None:
        last = Change("c", self.mark, Change("b", self.mark, Change("a", self.mark)))
        assert [change.value for change in last] == ["a", "b", "c"]
        assert [change.value for change in reversed(last)] == ["c", "b", "a"]
        assert last == Change.of(("a", self.mark), ("b", self.mark), ("c", self.mark))

    def test_changes_differ_if_one_before_them_does(self) -> None:
        one, other = Change("b", self.mark, Change("a", self.mark)), Change("b", self.mark, Change("x", self.mark))
        assert one != other
        assert one != Change("b", self.mark)
        assert Change("b", self.mark) != one
        assert one == Change("b", self.mark, Change("a", self.mark))
        assert hash(one) == hash(Change("b", self.mark, Change("a", self.mark)))

    def test_a_change_is_frozen(self) -> None:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            Change(1, self.mark).value = 2  # type: ignore[misc]

    def test_many_changes_do_not_recurse(self) -> None:
        long, same = (Change.of(*((number, self.mark) for number in range(50_000))) for _ in range(2))
        assert long == same
        assert hash(long) == hash(same)
        assert pickle.loads(pickle.dumps(long)) == long  # noqa: S301 -- our own
        assert copy.deepcopy(long) == long
        assert len(repr(long)) < 200
        del long, same


class TestTrueIsNotOne:
    """6.1: equal values have equal documents, so True and 1 are not equal where a field can hold either."""

    @pytest.mark.parametrize(
        "holding",
        [
            lambda value: FrozenMap({"t": value}),
            lambda value: commands.SetFields({"t": value}, at=utc(2026, 11, 23), by=ROBOT),
            lambda value: Change(value, Mark(utc(2026, 11, 23), 1, 0, "1")),
            lambda value: events.FieldChanged("t", None, value),
            lambda value: events.FieldChanged("t", value, None),
            lambda value: events.FieldHeld("t", value, "x"),
            lambda value: events.FieldReleased("t", "x", value),
            lambda value: events.Opened("T-1", "open", "open", FrozenMap({"t": value})),
            lambda value: actions.SetField("t", value),
            lambda value: actions.HoldField("t", value),
            lambda value: FieldIs("t", "x", value),
            lambda value: Field("t", (value, "x")),
            lambda value: Hint("h", {"en": "text"}, {"t": value}),
        ],
    )
    def test_values_that_hold_them_differ(self, holding: Callable[[Value], object]) -> None:
        assert holding(True) != holding(1)
        assert not holding(False) == holding(0)  # noqa: SIM201 -- both operators are defined
        assert holding(True) == holding(True)
        assert hash(holding(1)) == hash(holding(1))

    def test_maps_and_changes_equal_nothing_of_another_kind(self) -> None:
        assert FrozenMap({"t": 1}) != [("t", 1)]
        assert FrozenMap({"t": 1}) == {"t": 1}
        mark = Mark(utc(2026, 11, 23), 1, 0, "1")
        assert Change(1, mark) != 1
        assert Change(1, mark) != (1, mark)

    def test_equal_tickets_have_equal_documents(self) -> None:
        truth, number = Desk(ANY_FIELD), Desk(ANY_FIELD)
        for desk, value in ((truth, True), (number, 1)):
            desk.open(utc(2026, 11, 23, 9))
            desk.give(commands.SetFields({"t": value}, at=utc(2026, 11, 23, 10), by=ANA))
        assert truth.ticket != number.ticket
        assert documents.digest(truth.ticket) != documents.digest(number.ticket)

    def test_a_rule_that_sets_the_other_is_not_redundant(self) -> None:
        rules = tuple(
            Automation(name, OnMessage("customer"), (actions.SetField("t", value),))
            for name, value in (("truth", True), ("number", 1))
        )
        found = check(attrs.evolve(ANY_FIELD, automations=rules), budget=0)
        assert "redundant_rule" not in {finding.code for finding in found}


ANY_FIELD = Rules(
    "any",
    Workflow(
        (State("open"), State("closed", "closed")),
        (Transition("close", ("open",), "closed", may={"agent"}),),
        (Field("t"),),
    ),
    BusinessCalendar("UTC", "mon-fri 09:00-18:00"),
)


@pytest.mark.parametrize("text", ["two\nlines", "a\u202eb", "\ud800", "x" * 501, 5])
def test_text_for_people_is_one_plain_line(text: str) -> None:
    with pytest.raises(BadValueError, match=r"why .*; give plain text in one line, at most 500 characters"):
        commands.Decline(text, at=utc(2026, 11, 23), by=ROBOT)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x" * 65_537, "field 'note' is a text of 65537 characters; use at most 65536"),
        ("\ud800", "field 'note' has a lone surrogate; write whole characters"),
        (1 << 63, "field 'note' is a number of 64 bits; use at most 63 and a sign"),
    ],
)
def test_a_field_value_is_limited(value: str | int, message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        commands.SetFields({"note": value}, at=utc(2026, 11, 23), by=ROBOT)
