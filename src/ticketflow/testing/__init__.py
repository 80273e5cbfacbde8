"""Helpers for tests of rule sets and of applications that use ticketflow.

`Desk` has tickets, a clock and a rule set. pytest has a fixture that makes desks, ``desk_of``. `coverage_of` says which
parts of a rule set tickets have exercised. `record_life` keeps a history in a file, and `check_life` compares it with
what happens now.

`MemoryStore` is a store without a database (`ticketflow.service.Store`). `StoreContract` has the tests of a store; it
needs the extra ``ticketflow[testing]``.

>>> from ticketflow.testing import MemoryStore
>>> MemoryStore().load("T-1") is None
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ticketflow.errors import MissingExtraError
from ticketflow.testing.coverage import Coverage, coverage_of
from ticketflow.testing.desk import Desk, Person
from ticketflow.testing.golden import Life, anonymous, check_life, record_life
from ticketflow.testing.memory_store import InjectedFailure, MemoryDatabase, MemoryStore

__all__ = [
    "Coverage",
    "Desk",
    "InjectedFailure",
    "Life",
    "MemoryDatabase",
    "MemoryStore",
    "Person",
    "StoreContract",
    "anonymous",
    "check_life",
    "coverage_of",
    "record_life",
]

if TYPE_CHECKING:
    from ticketflow.testing.store_contract import StoreContract
else:

    def __getattr__(name: str) -> object:
        """Import what needs pytest (PEP 562). Its asserts are rewritten, so they say what failed."""
        if name != "StoreContract":
            raise AttributeError(f"module 'ticketflow.testing' has no attribute {name!r}")
        module = "ticketflow.testing.store_contract"
        try:
            import pytest  # noqa: PLC0415 -- only here
        except ImportError:
            raise MissingExtraError("test kits", "pytest", "testing") from None
        pytest.register_assert_rewrite(module)
        return import_module(module).StoreContract
