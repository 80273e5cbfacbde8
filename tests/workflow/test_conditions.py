from __future__ import annotations

import pytest

from ticketflow.tickets.anchors import LastMessage, Outside
from ticketflow.workflow.conditions import FieldIs, Happened


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Happened(LastMessage("agent")), "the last message by the support has happened"),
        (Happened(LastMessage("agent"), 2), "the support wrote 2 or more times"),
        (Happened(LastMessage("anyone"), 3), "someone wrote 3 or more times"),
        (FieldIs("size", at_least=2, at_most=5), "size is 2 to 5"),
        (FieldIs("size", at_least=2), "size is 2 or more"),
        (FieldIs("size", at_most=5), "size is 5 or less"),
        (FieldIs("size", 2, 5), "size is 2 or 5"),
        (Happened(Outside("shipped"), 2), f"{Outside('shipped')} has happened 2 or more times"),
    ],
)
def test_a_condition_says_what_it_asks_for(condition: FieldIs | Happened, text: str) -> None:
    assert str(condition) == text
