"""The last ids are known across the blocks that hold them."""

from __future__ import annotations

import pytest

from ticketflow.tickets.delivery_ids import DeliveryIds


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("last", [1, 2, 63, 64, 65, 100, 1000])
def test_only_the_last_ids_are_known(count: int, last: int) -> None:
    accepted = DeliveryIds()
    names = [f"d{number}" for number in range(count)]
    for name in names:
        accepted = accepted.added(name)
    assert [name for name in names if accepted.has(name, last)] == names[-last:]
    assert not accepted.has("another", last)
    assert [*accepted] == names
