"""What the analysis knows of requesters, links and ratings."""

from __future__ import annotations

from ticketflow import (
    All,
    Automation,
    BusinessCalendar,
    HasLink,
    Not,
    OnLink,
    OnRate,
    RatingIs,
    RequesterIs,
    Rules,
    State,
    Transition,
    Workflow,
    actions,
    check,
)
from ticketflow.analysis.dependencies import entries
from ticketflow.analysis.satisfiability import is_satisfiable
from ticketflow.text.sentences import Wording

WORKFLOW = Workflow(
    (State("open"), State("special"), State("closed", "closed", survey_open=True)),
    (
        Transition("raise", ["open"], "special", may=["agent"], given=RequesterIs("carla")),
        Transition("close", ["open", "special"], "closed", may=["agent"]),
    ),
)
RULES = Rules(
    "desk",
    WORKFLOW,
    BusinessCalendar("UTC", "mon-fri 09:00-18:00"),
    (
        Automation("tell", OnLink("child"), (actions.SendMessage("tell", "person:boss"),), given=HasLink("child")),
        Automation("sorry", OnRate(), (actions.SendMessage("sorry"),), given=RatingIs(at_most=2)),
        Automation("never", OnRate(), (actions.SendMessage("never"),), given=All(RatingIs(), Not(RatingIs()))),
    ),
)


def test_a_state_for_one_requester_is_reached_and_rules_of_links_and_ratings_fire() -> None:
    """Only the rule whose condition contradicts itself never fires."""
    found = {(each.code, each.path[:2]) for each in check(RULES)}
    dead = {"never_true", "never_fires", "unreachable_state", "dead_transition", "no_firing_found"}
    assert {path for code, path in found if code in dead} == {("automations", "never")}


def test_two_requesters_at_once_contradict_each_other() -> None:
    assert is_satisfiable(RequesterIs("bruno"), WORKFLOW)
    assert is_satisfiable(Not(RequesterIs("bruno")), WORKFLOW)
    assert not is_satisfiable(All(RequesterIs("bruno"), RequesterIs("carla")), WORKFLOW)


def test_links_and_ratings_come_by_their_commands() -> None:
    """An opening is taken to set any fact. A rule could rate, too, but none of this rule set does."""
    assert set(entries(OnLink("child"), RULES)) == {"link", "open", "follow_up"}
    assert set(entries(OnRate(), RULES)) == {"rate", "open", "follow_up"}


def test_requesters_and_persons_in_words() -> None:
    english, spanish = Wording(RULES), Wording(RULES, language="es")
    assert english.condition(RequesterIs("bruno", "carla")) != spanish.condition(RequesterIs("bruno", "carla"))
    assert "carla" in english.condition(RequesterIs("bruno", "carla"))
    assert "boss" in english.action(actions.SendMessage("tell", "person:boss"))
