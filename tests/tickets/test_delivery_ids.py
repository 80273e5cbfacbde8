"""Which deliveries are known again: exactly the last so many, across the blocks they are kept in."""

from __future__ import annotations

import pytest

from ticketflow.tickets.delivery_ids import DeliveryIds


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("last", [1, 2, 63, 64, 65, 100, 1000])
def test_the_last_so_many_are_known_and_no_other(count: int, last: int) -> None:
    taken = DeliveryIds()
    names = [f"d{number}" for number in range(count)]
    for name in names:
        taken = taken.added(name)
    assert [name for name in names if taken.knows(name, last)] == names[-last:]
    assert not taken.knows("another", last)
