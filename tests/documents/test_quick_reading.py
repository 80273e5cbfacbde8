"""Data without problems is read quickly; everything else is left to the reader that collects problems."""

from __future__ import annotations

from typing import Any, Literal

import attrs
import pytest

from tests.support.desk import ANA, utc
from tests.support.hostile_documents import corpus
from ticketflow import Actor, Message, commands, documents
from ticketflow.documents import quick_reading
from ticketflow.documents.conversion import read_plain, write_plain
from ticketflow.documents.problems import DataError
from ticketflow.documents.quick_reading import quick_reader, read_quickly
from ticketflow.tickets.actors import Actor as OneActor
from ticketflow.tickets.messages import Mail

QUICK = {"ticket", "entry", "event", "command", "action", "plan", "reading"}
"""The kinds that services read often."""

AT, BY = "2026-11-23T10:00:00Z", {"role": "agent", "id": "a"}
WRONG: tuple[tuple[str, Any], ...] = (
    ("no object", []),
    ("a missing key", {"do": "assign", "at": AT}),
    ("an unknown key", {"do": "give_back", "at": AT, "by": BY, "x": 1}),
    ("another command", {"do": "steal", "at": AT, "by": BY}),
    ("a text for a number", {"do": "rate", "score": "5", "at": AT, "by": BY}),
    ("True for a number", {"do": "rate", "score": True, "at": AT, "by": BY}),
    ("a number for a text", {"do": "move", "transition": 5, "at": AT, "by": BY}),
    ("no name", {"do": "decline", "why": "", "at": 5, "by": BY}),
    ("an instant without an offset", {"do": "give_back", "at": "2026-11-23T10:00:00", "by": BY}),
    ("a day that does not exist", {"do": "give_back", "at": "2026-02-30T10:00:00Z", "by": BY}),
    ("another role", {"do": "give_back", "at": AT, "by": {"role": "boss", "id": "a"}}),
    ("a list for an actor", {"do": "give_back", "at": AT, "by": ["agent", "a"]}),
)  # fmt: skip


class TestQuickReading:
    @pytest.mark.parametrize(("kind", "data"), corpus())
    def test_valid_documents_are_read_alike(self, kind: str, data: Any) -> None:  # noqa: ANN401 -- plain data
        annotation = documents.KINDS[kind]
        rest = {key: held for key, held in data.items() if key not in ("format", "$schema")}
        value = read_plain(rest, annotation)
        assert write_plain(read_quickly(rest, annotation), annotation) == write_plain(value, annotation)
        if kind in QUICK:
            assert quick_reader(annotation)(rest) == value

    @pytest.mark.parametrize("data", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
    def test_it_gives_up_where_the_other_reader_has_problems(self, data: Any) -> None:  # noqa: ANN401 -- plain data
        with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever it gives up by
            quick_reader(commands.Command)(data)
        with pytest.raises(DataError) as error:
            read_plain(data, commands.Command)
        with pytest.raises(DataError) as again:
            read_quickly(data, commands.Command)
        assert again.value.problems == error.value.problems

    def test_one_actor_stands_for_all_equal_ones(self) -> None:
        read = quick_reader(Actor)
        assert read({"role": "agent", "id": "ana"}) is read({"role": "agent", "id": "ana"})
        assert read({"role": "agent", "id": "ana", "groups": ["vip"]}) == OneActor("agent", "ana", frozenset({"vip"}))

    def test_instants_of_other_offsets_are_read(self) -> None:
        given = {"do": "give_back", "at": "2026-11-23T07:00:00.5-03:00", "by": {"role": "agent", "id": "ana"}}
        expected = commands.GiveBack(at=utc(2026, 11, 23, 10).replace(microsecond=500_000), by=ANA)
        assert quick_reader(commands.Command)(given) == expected

    def test_messages_and_mails_are_told_apart(self) -> None:
        read = quick_reader(Message)
        assert (read({"id": "m"}), read({"id": "m", "text": "x"})) == (Message("m"), Mail("m", text="x"))

    def test_the_caches_are_bounded(self) -> None:
        most = quick_reading._known.cache_parameters()["maxsize"]  # noqa: SLF001 -- its bound
        assert most == 8_192

    def test_classes_whose_main_attribute_is_not_the_first_and_what_allows_strings(self) -> None:
        """The reader of the class itself, and the one that a part of a rule set is left to."""
        assert quick_reading._reader_of_classes(Literal["nobody"] | OneActor) is None  # noqa: SLF001 -- left to the other
        made = quick_reading._with_one(Message, "id")  # noqa: SLF001 -- of a class whose first attribute it is
        assert made("m1") == Message("m1")
        other = quick_reading._with_one(Late, "main")  # noqa: SLF001 -- of one whose first attribute it is not
        assert other("m1") == Late(main="m1")


@attrs.frozen
class Late:
    """A class whose main attribute is its second."""

    first: int = 0
    main: str = ""
