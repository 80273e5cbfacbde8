"""Errors: one family, data in their fields, and they pickle."""

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from desk import utc
from ticketflow import TicketflowError, errors

EVERY = [
    errors.DefinitionError((errors.Problem("here", "it is wrong", "mend it"),)),
    errors.DocumentError((errors.Problem("here", "it is wrong", "mend it"),), "T-1"),
    errors.BadValueError("this", "that"),
    errors.NaiveDatetimeError("at", datetime(2026, 11, 23)),  # noqa: DTZ001 -- the point
    errors.OutOfRangeError("this"),
    errors.NeverOpenError("UTC", utc(2026, 11, 23)),
    errors.NeverClosesError("UTC", utc(2026, 11, 23)),
    errors.UnknownHolidaysError("BR", 1890, 2100, 2101),
    errors.HistoryError("T-1", 3, "this", "that"),
    errors.RefusedError("T-1", ("this",)),
]


def test_every_error_is_listed_here() -> None:
    family = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TicketflowError)}
    assert {type(error) for error in EVERY} == family - {TicketflowError}


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_errors_pickle_and_speak(error: TicketflowError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))
    assert str(error)


def test_a_near_name_is_offered_and_otherwise_all_are_listed() -> None:
    assert errors.unknown_name("p", "state", "zzz", []).fix == "there are: none"
    assert errors.unknown_name("p", "state", "opne", ["open", "done"]).fix == "did you mean 'open'?"
