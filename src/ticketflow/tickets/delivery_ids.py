"""The ids of deliveries that were taken: whether one of the last so many is another, whatever their number.

Source: docs/semantics.md 3.12.
"""

from __future__ import annotations

import attrs

from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList

_BLOCK = 64


@attrs.frozen
class DeliveryIds:
    """Ids in the order in which they came, in blocks that are looked up whole.

    Attributes:
        newest: The ids of the block that is being filled, oldest first.
        blocks: The full ones: each id's place in its block.

    >>> taken = DeliveryIds().added("a").added("b").added("c")
    >>> taken.knows("a", last=3), taken.knows("a", last=2)
    (True, False)
    """

    newest: tuple[str, ...] = ()
    blocks: PersistentList[FrozenMap[str, int]] | None = None

    def added(self, name: str) -> DeliveryIds:
        """Return the deliveries with one more."""
        newest = (*self.newest, name)
        if len(newest) < _BLOCK:
            return DeliveryIds(newest, self.blocks)
        return DeliveryIds(
            (), PersistentList(FrozenMap({each: place for place, each in enumerate(newest)}), self.blocks)
        )

    def knows(self, name: str, last: int) -> bool:
        """Return whether *name* is among the *last* so many, which are at least one."""
        if name in self.newest[-last:]:
            return True
        left = last - len(self.newest)
        for block in reversed(self.blocks) if self.blocks else ():
            if left <= 0:
                return False
            if block.get(name, -1) >= max(_BLOCK - left, 0):
                return True
            left -= _BLOCK
        return False
