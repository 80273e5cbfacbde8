"""Fast initializers: objects are those that attrs would make, in less time."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, utc
from ticketflow import Actor, commands
from ticketflow.errors import BadValueError
from ticketflow.kernel.fast_init import fast_init


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(value)
    return int(value)


def _plain() -> type[Any]:
    @attrs.frozen
    class Thing:
        name: str
        count: int = attrs.field(default=2, converter=_even)
        others: tuple[str, ...] = attrs.field(factory=tuple)
        _hidden: int = 0
        derived: int = attrs.field(init=False, default=7)
        label: str = attrs.field(default="", kw_only=True)

        def __attrs_post_init__(self) -> None:
            if not self.name:
                raise ValueError("no name")

    return Thing


@attrs.frozen
class Empty:
    """A class without attributes."""


CALLS: tuple[Callable[[Any], object], ...] = (
    lambda kind: kind("a"),
    lambda kind: kind("a", 4, ("b",), 1, label="c"),
    lambda kind: kind(name="a", count=6, others=(), hidden=3),
    lambda kind: attrs.evolve(kind("a", 4), name="b", label="d"),
)
WRONG_CALLS: tuple[Callable[[Any], object], ...] = (
    lambda kind: kind(),
    lambda kind: kind(""),
    lambda kind: kind("a", 3),
    lambda kind: kind("a", 2, (), 0, "label"),
    lambda kind: kind("a", nothing=1),
    lambda kind: kind("a", derived=1),
)


class TestFastInit:
    @pytest.mark.parametrize("call", CALLS)
    def test_objects_are_those_of_attrs(self, call: Callable[[Any], object]) -> None:
        plain, fast = _plain(), fast_init(_plain())
        made: Any = call(fast)
        assert type(made) is fast
        assert attrs.astuple(made) == attrs.astuple(call(plain))  # type: ignore[arg-type]  # an attrs class

    @pytest.mark.parametrize("call", WRONG_CALLS)
    def test_errors_are_those_of_attrs(self, call: Callable[[Any], object]) -> None:
        with pytest.raises((TypeError, ValueError)) as expected:
            call(_plain())
        with pytest.raises(expected.type):
            call(fast_init(_plain()))

    def test_a_class_without_attributes(self) -> None:
        assert fast_init(Empty)() == Empty()

    def test_the_signature_is_that_of_attrs(self) -> None:
        kind = fast_init(_plain())
        expected = str(inspect.signature(_plain()))
        assert str(inspect.signature(kind)) == expected
        kind("a")
        assert str(inspect.signature(kind)) == expected

    def test_objects_stay_frozen(self) -> None:
        made = fast_init(_plain())("a")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.name = "b"
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del made.name

    def test_subclasses_are_made_as_attrs_makes_them(self) -> None:
        class Special(fast_init(_plain())):  # type: ignore[misc]  # made in a function
            pass

        made = Special("a", 4)
        assert (type(made), made.name, made.count, made.derived) == (Special, "a", 4, 7)

    def test_a_free_threaded_build_keeps_the_initializer_of_attrs(self) -> None:
        kind = _plain()
        original = kind.__init__
        assert fast_init(kind, has_gil=False).__init__ is original

    def test_commands_can_be_copied_and_pickled(self) -> None:
        move = commands.Move("close", at=utc(2026, 11, 19), by=ANA, event_id="e1", fields={"a": 1})
        assert copy.deepcopy(move) == move
        assert pickle.loads(pickle.dumps(move)) == move  # noqa: S301 -- our own

    def test_a_failed_object_is_not_kept_half_made(self) -> None:
        with pytest.raises(BadValueError):
            Actor("agent", "á")
        assert Actor("agent", "a").id == "a"
