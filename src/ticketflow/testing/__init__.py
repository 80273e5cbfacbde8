"""Helpers for tests of rule sets and of applications that use ticketflow.

`Desk` has tickets, a clock and a rule set. pytest has a fixture that makes desks, ``desk_of``. `coverage_of` says which
parts of a rule set tickets have exercised. `record_life` keeps a history in a file, and `check_life` compares it with
what happens now.

`TicketMachine` tries a rule set with random commands. `ticketflow.testing.strategies` draws tickets, commands
and rule sets. Both need hypothesis.

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
    "TicketMachine",
    "anonymous",
    "check_life",
    "coverage_of",
    "record_life",
]

_LAZY = {"StoreContract": ("store_contract", "pytest"), "TicketMachine": ("machine", "hypothesis")}
"""The module of each name that needs a package of the extra, and that package."""

if TYPE_CHECKING:
    from ticketflow.testing.machine import TicketMachine
    from ticketflow.testing.store_contract import StoreContract
else:

    def __getattr__(name: str) -> object:
        """Import what needs pytest or hypothesis (PEP 562). Asserts are rewritten, so they say what failed."""
        if name not in _LAZY:
            raise AttributeError(f"module 'ticketflow.testing' has no attribute {name!r}")
        module, package = _LAZY[name]
        try:
            import_module(package)
            pytest = import_module("pytest")
        except ImportError:
            raise MissingExtraError("test kits", package, "testing") from None
        pytest.register_assert_rewrite(f"ticketflow.testing.{module}")
        return getattr(import_module(f"ticketflow.testing.{module}"), name)
