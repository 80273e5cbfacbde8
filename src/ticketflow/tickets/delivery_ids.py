"""The ids of accepted deliveries. A look-up among the last few costs the same however many there are.

Source: docs/semantics.md 3.12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList

_BLOCK = 64


@fast_init
@attrs.frozen
class DeliveryIds:
    """Ids in the order of arrival. Full blocks are maps, so a look-up does not compare ids one by one.

    Attributes:
        newest: The ids of the last, incomplete block, oldest first.
        blocks: The full blocks: a map from each id to its place in the block.

    >>> accepted = DeliveryIds().added("a").added("b").added("c")
    >>> accepted.has("a", last=3), accepted.has("a", last=2)
    (True, False)
    """

    newest: tuple[str, ...] = ()
    blocks: PersistentList[FrozenMap[str, int]] | None = None

    @classmethod
    def of(cls, names: Sequence[str]) -> DeliveryIds:
        """Return the ids of a sequence, oldest first.

        >>> [*DeliveryIds.of(["a", "b"])]
        ['a', 'b']
        """
        blocks: PersistentList[FrozenMap[str, int]] | None = None
        full = len(names) - len(names) % _BLOCK
        for start in range(0, full, _BLOCK):
            block = {name: place for place, name in enumerate(names[start : start + _BLOCK])}
            blocks = PersistentList(FrozenMap(block), blocks)
        return cls(tuple(names[full:]), blocks)

    def __iter__(self) -> Iterator[str]:
        for block in self.blocks or ():
            yield from block
        yield from self.newest

    def added(self, name: str) -> DeliveryIds:
        """Return the ids with *name* as the newest."""
        newest = (*self.newest, name)
        if len(newest) < _BLOCK:
            return DeliveryIds(newest, self.blocks)
        block = FrozenMap({each: place for place, each in enumerate(newest)})
        return DeliveryIds((), PersistentList(block, self.blocks))

    def has(self, name: str, last: int) -> bool:
        """Return whether *name* is one of the *last* ids; *last* is at least 1."""
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
