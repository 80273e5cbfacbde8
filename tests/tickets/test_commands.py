from __future__ import annotations

import pytest

from tests.support.desk import ANA, utc
from ticketflow import commands
from ticketflow.errors import BadValueError


def test_a_snooze_has_either_a_moment_or_a_choice() -> None:
    at = utc(2026, 11, 23, 9)
    with pytest.raises(BadValueError, match="the snooze has neither until nor choice; give one of the two"):
        commands.Snooze(at=at, by=ANA)
    with pytest.raises(BadValueError, match="the snooze has both until and choice; give one of the two"):
        commands.Snooze(until=utc(2026, 11, 24, 9), choice="tomorrow", at=at, by=ANA)
