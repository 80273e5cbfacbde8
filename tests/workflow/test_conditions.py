from __future__ import annotations

import pytest

from ticketflow.tickets.anchors import LastMessage, Outside
from ticketflow.workflow.conditions import Happened


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Happened(LastMessage("agent")), "the last message by the support has happened"),
        (Happened(LastMessage("agent"), 2), "the support wrote 2 or more times"),
        (Happened(LastMessage("anyone"), 3), "someone wrote 3 or more times"),
        (Happened(Outside("shipped"), 2), f"{Outside('shipped')} has happened 2 or more times"),
    ],
)
def test_a_condition_says_how_often_something_must_have_happened(condition: Happened, text: str) -> None:
    assert str(condition) == text
