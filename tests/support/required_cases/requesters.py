"""The customer whom a ticket is for, and openings that must name their state; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import ANA, BRUNO, CARLA, ROBOT, Json, case, do, look, move, opened, rules


def cases() -> Iterator[Json]:
    """Yield the cases."""
    yield case(
        "requester-is-the-customer-who-opens",
        "2.5",
        "Bruno opens the ticket himself",
        rules(),
        opened(),
        look("mon 10:00", requester="bruno"),
    )
    yield case(
        "requester-named-by-an-agent-counts-as-the-customer",
        "2.5",
        "Ana opens it for Bruno by telephone: it is his in reports as well",
        rules(),
        opened(by=ANA, requester="bruno"),
        look("mon 10:00", requester="bruno", report={"customer": "bruno"}),
    )
    yield case(
        "requester-nobody-yet-then-named-then-changed",
        "2.5",
        "a robot opens it for nobody; Ana names Bruno at 11:00 and Carla at 12:00",
        rules(),
        opened(by=ROBOT, message=None),
        look("mon 10:00", requester=None, report={"customer": None}),
        do("set_requester", "mon 11:00", requester="bruno"),
        look("mon 11:00", requester="bruno"),
        do("set_requester", "mon 12:00", requester="carla"),
        look("mon 12:00", requester="carla"),
    )
    yield case(
        "requester-of-somebody-else-is-not-for-customers",
        "2.5",
        "only the support opens tickets for others",
        rules(),
        do("open", "mon 10:00", BRUNO, ticket="T-1", requester="carla", refused=["not_allowed"]),
    )
    yield case(
        "requester-of-a-follow-up",
        "2.5",
        "Ana's follow-up stays Bruno's, Carla's own is hers",
        rules(),
        opened(),
        move("close", "mon 11:00"),
        do("follow_up", "mon 12:00", new_ticket="T-2"),
        look("mon 12:00", "T-2", requester="bruno"),
    )
    yield case(
        "requester-of-a-customers-follow-up",
        "2.5",
        "Carla follows up Bruno's ticket: the new one is hers",
        rules(),
        opened(),
        move("close", "mon 11:00"),
        do("follow_up", "mon 12:00", CARLA, new_ticket="T-2"),
        look("mon 12:00", "T-2", requester="carla"),
    )
    yield case(
        "requester-as-a-condition",
        "2.5",
        "the list shows Bruno's ticket until it is Carla's",
        rules(workflow={"lists": [{"name": "vip", "shows": {"requester_is": ["bruno"]}}]}),
        opened(),
        look("mon 10:00", lists=["vip"]),
        do("set_requester", "mon 11:00", requester="carla"),
        look("mon 11:00", lists=[]),
    )
    ways = [{"target": "open", "may": ["customer"]}, {"target": "waiting", "may": ["agent"], "must_be_named": True}]
    yield case(
        "opening-that-must-name-its-state",
        "2.4",
        "the customer need not choose; Ana must, and then may",
        rules(workflow={"openings": ways}),
        do(
            "open", "mon 10:00", ANA, ticket="T-1", refused=["missing_fields"], step={"reasons": [{"lacks": ["state"]}]}
        ),
        do("open", "mon 11:00", ANA, ticket="T-2", state="waiting"),
        look("mon 11:00", "T-2", state="waiting"),
        do("open", "mon 12:00", BRUNO, ticket="T-3"),
        look("mon 12:00", "T-3", state="open"),
    )
