"""Errors: one family, data in their fields, and they pickle."""

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from tests.support.desk import utc
from ticketflow import TicketflowError, errors

EVERY = [
    errors.DefinitionError((errors.Problem("here", "it is wrong", "mend it"),)),
    errors.DocumentError((errors.Problem("here", "it is wrong", "mend it"),), "T-1"),
    errors.BadValueError("this", "that"),
    errors.MissingExtraError("iCalendar files", "icalendar", "ics"),
    errors.NaiveDatetimeError("at", datetime(2026, 11, 23)),  # noqa: DTZ001 -- the point
    errors.OutOfRangeError("this"),
    errors.NeverOpenError("UTC", utc(2026, 11, 23)),
    errors.NeverClosesError("UTC", utc(2026, 11, 23)),
    errors.UnknownHolidaysError("BR", 1890, 2100, 2101),
    errors.HistoryError("T-1", 3, "this", "that"),
    errors.RefusedError("T-1", ("this",)),
    errors.ConflictError("T-1", 3),
]


def test_every_error_is_listed_here() -> None:
    family = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TicketflowError)}
    assert {type(error) for error in EVERY} == family - {TicketflowError, errors.CalendarError}


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_errors_pickle_and_speak(error: TicketflowError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))
    assert str(error)


def test_a_conflict_says_what_the_store_has() -> None:
    former = "no longer has the history of version 3"
    assert str(errors.ConflictError("T-1", 3)) == f"ticket 'T-1' {former}; load it and start again"
    assert str(errors.ConflictError("T-1", 0)) == "ticket 'T-1' exists already; load it and start again"


def test_a_near_name_is_offered_and_otherwise_all_are_listed() -> None:
    assert errors.unknown_name("p", "state", "zzz", []).fix == "there are: none"
    assert errors.unknown_name("p", "state", "opne", ["open", "done"]).fix == "did you mean 'open'?"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("state-0177", "state-017"),
        ("state-01", "state-001"),
        ("tate-017", "state-017"),
        ("state-0x7", "state-007"),
        ("staet-017", "state-017"),
        ("state_0_17", None),
        ("x" * 65, None),
    ],
)
def test_among_many_names_slips_are_found_and_nothing_dear_is_looked_for(name: str, meant: str | None) -> None:
    fix = errors.unknown_name("", "state", name, [f"state-{number:03}" for number in range(200)]).fix
    assert fix == f"did you mean {meant!r}?" if meant else fix.startswith("there are: state-000, state-001, ")


def test_names_that_a_screen_would_obey_are_shown_escaped_and_short() -> None:
    assert errors.unknown_name("", "choice", "q", ["\u202ex", "y" * 100]).fix == f"there are: {'y' * 80}…, \\u202ex"
