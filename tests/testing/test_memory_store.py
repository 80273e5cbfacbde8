"""The store in memory keeps the contract of stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from ticketflow.testing import InjectedFailure, MemoryStore, StoreContract


class MemoryContract(StoreContract[MemoryStore]):
    """How to make and to break a store in memory."""

    def new_store(self) -> MemoryStore:
        return MemoryStore()

    def reopen(self, store: MemoryStore) -> MemoryStore:
        return type(store)(store.database)

    @contextmanager
    def failing(self, store: MemoryStore, step: int) -> Iterator[None]:
        writes = count()

        def before_write() -> None:
            if next(writes) == step:
                raise InjectedFailure

        store.database.before_write, before = before_write, store.database.before_write
        try:
            yield
        finally:
            store.database.before_write = before

    def damage_snapshot(self, store: MemoryStore, ticket: str, text: str) -> None:
        store.database.snapshots[ticket] = text


class TestMemoryStore(MemoryContract):
    pass
