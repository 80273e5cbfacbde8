"""Ratings, and closed tickets that still take one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    STATES,
    THIRD,
    Json,
    acts,
    after,
    case,
    do,
    elapsed,
    look,
    move,
    on,
    opened,
    rules,
    say,
    send,
)

SURVEYED = [{**each, "survey_open": True} if each["name"] == "closed" else each for each in STATES]
LOW = {"rating_is": {"at_most": 2}}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    surveyed = {"states": SURVEYED, "after_closing": "follow_up"}
    closed = (opened(), move("close", "mon 11:00"))
    yield case(
        "a-closed-ticket-takes-a-rating",
        "2.2",
        "its state has the survey open; a message, a move and a rating by someone else are refused",
        rules(workflow=surveyed),
        *closed,
        do("rate", "mon 12:00", {"role": "customer", "id": "bruno"}, score=2, comment="m7"),
        look("mon 12:30", state="closed", rating=2),
        say("mon 13:00", refused=["closed_for_good"]),
        move("resume", "mon 13:00", refused=["closed_for_good", "no_such_transition"]),
        do("rate", "mon 13:00", THIRD, score=2, refused=["not_allowed"]),
        do("rate", "mon 14:00", {"role": "customer", "id": "bruno"}, score=5),
        look("mon 15:00", state="closed", rating=5),
    )
    yield case(
        "a-closed-ticket-without-a-survey",
        "2.2",
        "its state does not have the survey open",
        rules(),
        *closed,
        do("rate", "mon 12:00", {"role": "customer", "id": "bruno"}, score=2, refused=["closed_for_good"]),
        look("mon 12:30", rating=None),
    )
    yield case(
        "rules-react-to-a-low-rating",
        "2.2 3.1",
        "a 2 is answered by a message and a follow-up, a 3 is not; a field cannot be set any more",
        rules(
            {
                "id": "sorry",
                "when": "on_rate",
                "given": LOW,
                "then": [send("sorry"), "follow_up"],
            },
            {"id": "worry", "when": "on_rate", "then": [{"set_field": {"field": "size", "value": 1}}]},
            workflow={**surveyed, "fields": [{"name": "size", "kind": "number"}]},
        ),
        *closed,
        do("rate", "mon 12:00", {"role": "customer", "id": "bruno"}, score=2),
        do("rate", "mon 13:00", {"role": "customer", "id": "bruno"}, score=3),
        look(
            "mon 14:00",
            automatic=[
                {"rule": "sorry", "at": "2026-11-23T12:00:00Z", "kinds": ["message_requested", "follow_up_requested"]},
                *acts(("mon 12:00", "worry", "<dropped>"), ("mon 13:00", "worry", "<dropped>")),
            ],
            fields={"size": None},
        ),
    )
    yield case(
        "a-rating-after-the-closing-is-no-activity",
        "2.2 3.3",
        "the last command by a person is the closing at 11:00; the rating at 12:00 does not move it",
        rules(after("later", elapsed(hours=2), {"last_activity": "command"}), workflow=surveyed),
        *closed,
        do("rate", "mon 12:00", {"role": "customer", "id": "bruno"}, score=2),
        look("mon 15:00", automatic=acts(("mon 13:00", "later"))),
    )
    yield case(
        "the-same-score-again-is-a-rating",
        "3.1",
        "the trigger is the answer, not a change of the score",
        rules(on("thanks", "on_rate"), workflow=surveyed),
        *closed,
        do("rate", "mon 12:00", {"role": "customer", "id": "bruno"}, score=5),
        do("rate", "mon 13:00", {"role": "customer", "id": "bruno"}, score=5),
        look("mon 14:00", automatic=acts(("mon 12:00", "thanks"), ("mon 13:00", "thanks"))),
    )
