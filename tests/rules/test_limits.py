"""The estimate of what a rule set takes as a document; `tests/documents/test_limits.py` tests the limits themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.hours import Shift
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.limits import BYTES_A_PART, _Size

SPAN = 11 * BYTES_A_PART  # an object, and five units with their numbers
SCALAR, MINUTE, SECOND = 32, timedelta(minutes=1), timedelta(seconds=1)


def test_a_span_is_an_object_of_five_units() -> None:
    assert _Size("").of(timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=5), ()) == SPAN


def test_own_holidays_count_apart_with_four_bytes_a_character() -> None:
    size, known = (
        _Size(""),
        PublicHolidays("XX", FrozenMap({date(2026, 1, 1): "feast", date(2026, 5, 1): "labor"}), 2026, 2026),
    )
    size.of(known, ())
    assert size.holidays == {known: 4 * 10 + 2 * SCALAR}


@pytest.mark.parametrize(
    ("opens", "closes", "is_text"),
    [
        (9 * 60 * MINUTE, 18 * 60 * MINUTE, True),
        (9 * 60 * MINUTE + SECOND, 18 * 60 * MINUTE, False),
        (9 * 60 * MINUTE, 18 * 60 * MINUTE + SECOND, False),
        (9 * 60 * MINUTE, 33 * 60 * MINUTE - MINUTE, True),
        (9 * 60 * MINUTE, 33 * 60 * MINUTE, False),
    ],
)
def test_shifts_in_whole_minutes_are_texts_and_others_two_spans(
    opens: timedelta, closes: timedelta, is_text: bool
) -> None:
    each = BYTES_A_PART if is_text else 2 * SPAN + SCALAR
    assert _Size("").of((Shift(opens, closes),) * 3, ()) == SCALAR + 3 * each
