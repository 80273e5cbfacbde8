"""The agenda gives each ticket at its instant and not before."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.desk import utc
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.service.agenda import Agenda

START = utc(2026, 11, 23)
MICRO = timedelta(microseconds=1)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


class TestAgenda:
    def test_it_gives_what_is_due_and_nothing_before(self) -> None:
        agenda = Agenda([("B", at(2)), ("A", at(1)), ("C", at(2))])
        assert agenda.next == at(1)
        assert agenda.due(at(1) - MICRO)[0] == ()
        tickets, rest = agenda.due(at(2))
        assert tickets == ("A", "B", "C")
        assert (len(rest), rest.next) == (0, None)
        assert len(agenda) == 3, "the agenda itself stays as it is"

    def test_putting_none_adds_no_entry(self) -> None:
        agenda = Agenda().put("A", None)
        assert (len(agenda), agenda.next) == (0, None)

    def test_a_ticket_put_twice_is_given_once_for_each_instant(self) -> None:
        agenda = Agenda().put("A", at(1)).put("A", at(3))
        tickets, rest = agenda.due(at(1))
        assert (tickets, rest.next) == (("A",), at(3))
        assert agenda.due(at(3))[0] == ("A",)

    def test_it_is_a_value(self) -> None:
        one, other = Agenda([("A", at(1)), ("B", at(2))]), Agenda([("B", at(2)), ("A", at(1))])
        assert one == other != Agenda()
        assert one != "an agenda"
        assert hash(one) == hash(other)
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- our own
        assert repr(one) == "<Agenda of 2, next 2026-11-23T01:00:00+00:00>"
        with pytest.raises(AttributeError, match="attribute 'size' of an agenda cannot be set; use put"):
            one.size = 3

    def test_naive_instants_bad_ids_and_entries_that_are_not_pairs_are_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="at is"):
            Agenda().put("A", datetime(2026, 11, 23))  # noqa: DTZ001 -- the point
        with pytest.raises(NaiveDatetimeError, match="now is"):
            Agenda().due(datetime(2026, 11, 23))  # noqa: DTZ001
        with pytest.raises(BadValueError, match="ticket id"):
            Agenda().put("a b", at(1))
        with pytest.raises(BadValueError, match=r"entry \('A',\) is not a pair; give pairs of a ticket's id"):
            Agenda([("A",)])  # type: ignore[list-item]

    @given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 9))), st.integers(-1, 10))
    def test_it_behaves_as_a_sorted_list_that_is_cut_at_now(self, entries: list[tuple[str, int]], hour: int) -> None:
        agenda = Agenda()
        for ticket, when in entries:
            agenda = agenda.put(ticket, at(when))
        in_order = sorted(((ticket, at(when)) for ticket, when in entries), key=lambda entry: (entry[1], entry[0]))
        assert list(agenda) == in_order
        tickets, rest = agenda.due(at(hour))
        assert tickets == tuple(dict.fromkeys(ticket for ticket, when in in_order if when <= at(hour)))
        assert list(rest) == [entry for entry in in_order if entry[1] > at(hour)]
