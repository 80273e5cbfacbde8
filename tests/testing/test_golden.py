"""Recorded lives: what a change of the rules does to them, in words; and histories without ids and texts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent

import attrs
import pytest

import ticketflow as tf
from tests.scenarios.test_coverage import READY
from tests.support.random_lives import lived, seeded
from tests.testing.small_desk import ANSWERED, NO_ANSWER, RULES
from ticketflow import actions, commands, documents, events
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.testing import Desk, Life, anonymous, check_life, record_life
from ticketflow.tickets.fold import replay

SLOWER = RULES.replacing(
    "no-answer",
    attrs.evolve(
        NO_ANSWER, rungs=(tf.Rung(tf.Elapsed(days=3), actions.SendMessage("reminder-1")), *NO_ANSWER.rungs[1:])
    ),
)


def reminded() -> Desk:
    """A customer who answers the first reminder after a day."""
    desk = Desk(RULES, at="2026-11-23 10:00")
    desk.customer("bruno").opens("printer", priority="high")
    desk.agent("ana").moves("ask", "which one?")
    desk.passes(days=3)
    desk.customer("bruno").writes("the left one")
    return desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    desk = reminded()
    record_life(tmp_path / "life.json", desk.value, RULES, desk.now)
    return tmp_path / "life.json"


class TestALifeInAFile:
    def test_it_is_read_as_it_was_written(self, path: Path) -> None:
        desk = reminded()
        assert Life.read(path) == Life(desk.value, datetime(2026, 11, 26, 9, tzinfo=UTC))

    def test_people_can_review_it(self, path: Path) -> None:
        written = json.loads(path.read_text(encoding="utf-8"))
        assert written["timeline"][:2] == [
            "  Mon 2026-11-23 10:00:00 +0100  customer bruno: opened in open, priority high; message m1",
            "  Mon 2026-11-23 10:00:00 +0100  agent ana: message m2; open -> waiting",
        ]

    def test_it_goes_on_in_the_same_way(self, path: Path) -> None:
        check_life(path, RULES)
        check_life(path, attrs.evolve(RULES, name="renamed"))

    def test_a_difference_is_shown_in_words(self, path: Path) -> None:
        with pytest.raises(AssertionError) as raised:
            check_life(path, SLOWER)
        assert str(raised.value) == (
            f"the life in {str(path)!r} goes another way under rule set 'support' (- recorded, + now)\n"
            "  Mon 2026-11-23 10:00:00 +0100  customer bruno: opened in open, priority high; message m1\n"
            "  Mon 2026-11-23 10:00:00 +0100  agent ana: message m2; open -> waiting\n"
            "- Wed 2026-11-25 10:00:00 +0100  reminder-1 is to be sent to the customer\n"
            "-     by rule no-answer: 2 days after entering the state on Mon 2026-11-23 10:00:00 +0100\n"
            "  Thu 2026-11-26 10:00:00 +0100  customer bruno: message m3\n"
            "  Thu 2026-11-26 10:00:00 +0100  waiting -> open; event answered emitted\n"
            "      by rule answered: the customer wrote"
        )

    def test_the_page_shows_such_a_difference(self, capsys: pytest.CaptureFixture[str]) -> None:
        page = (Path(__file__).parent.parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
        story = re.findall(r"^```python\n(.*?)^```", page.partition("If that is what")[0], re.MULTILINE | re.DOTALL)
        exec("".join(story), {})  # noqa: S102 -- it is our own page
        assert indent(capsys.readouterr().out, "    ") in page

    def test_it_can_be_recorded_again(self, path: Path) -> None:
        life = Life.read(path)
        now = life.under(SLOWER).ticket
        assert now is not None
        record_life(path, now, SLOWER, life.until)
        check_life(path, SLOWER)

    def test_what_would_happen_afterwards_is_not_known(self, tmp_path: Path) -> None:
        """Without an end, the ticket was watched until its last entry, so a later reminder is no difference."""
        desk = Desk(RULES, at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.agent.moves("ask", "which one?")
        record_life(tmp_path / "life.json", desk.value, RULES)
        check_life(tmp_path / "life.json", SLOWER)
        record_life(tmp_path / "life.json", desk.value, RULES, desk.time("2026-11-26 10:00"))
        with pytest.raises(AssertionError, match=r"\+ Wed 2026-11-25 10:00:00 \+0100  reminder-1"):
            check_life(str(tmp_path / "life.json"), RULES)

    def test_a_command_that_is_refused_now_is_shown(self, path: Path) -> None:
        rows = (attrs.evolve(row, may=("administrator",)) for row in RULES.workflow.transitions)
        strict = attrs.evolve(RULES, workflow=attrs.evolve(RULES.workflow, transitions=tuple(rows)))
        found = "\n".join(Life.read(path).differences(strict))
        assert "+ Mon 2026-11-23 10:00:00 +0100  agent ana: move was refused\n+     agent 'ana' may not ask" in found

    def test_a_difference_that_sentences_leave_out_is_shown_in_full(self, path: Path) -> None:
        louder = attrs.evolve(ANSWERED, generation=7)
        found = Life.read(path).differences(RULES.replacing("answered", louder))
        assert [line[:1] for line in found] == [" ", " ", " ", "-", "-", "-", "+", "+", "+"]
        assert "generation=1" in found[5]
        assert "generation=7" in found[8]

    def test_a_command_after_a_rule_goes_the_same_way(self, tmp_path: Path) -> None:
        """The question takes effect a microsecond after the rule's entry, and the answer after the reminder."""
        desk = reminded()
        desk.agent("ana").moves("ask", "really?")
        desk.passes(days=2)
        desk.customer.writes("yes")
        assert any(entry.occurred_at for entry in desk.value.history)
        record_life(tmp_path / "life.json", desk.value, RULES)
        check_life(tmp_path / "life.json", RULES)

    def test_a_follow_up_is_a_life_of_its_own(self, tmp_path: Path) -> None:
        desk = reminded()
        desk.agent.moves("solve", "done")
        desk.customer.follows_up("T-2", "again")
        record_life(tmp_path / "life.json", desk.ticket("T-2").value, RULES)
        assert Life.read(tmp_path / "life.json").ticket.follows is None
        check_life(tmp_path / "life.json", RULES)
        assert Life(desk.ticket("T-2").value, desk.now).differences(RULES) == ()

    @pytest.mark.parametrize(
        "text",
        ["", "[]", "{}", '{"format": "life/2", "until": "2026-11-26T09:00:00+00:00", "ticket": {}}', '{"until": 5}'],
    )
    def test_another_file_is_refused(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "life.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadValueError, match=r"life.json' is not a recorded life; write it with record_life"):
            Life.read(tmp_path / "life.json")

    def test_arguments_are_checked(self, tmp_path: Path) -> None:
        ticket = reminded().value
        with pytest.raises(BadValueError, match="is not a Ticket"):
            record_life(tmp_path / "life.json", "T-1", RULES)  # type: ignore[arg-type]
        with pytest.raises(BadValueError, match="is not a Rules"):
            Life(ticket, ticket.changed_at).under("senior")  # type: ignore[arg-type]
        with pytest.raises(NaiveDatetimeError):
            record_life(tmp_path / "life.json", ticket, RULES, datetime(2026, 11, 30))  # noqa: DTZ001 -- the point
        with pytest.raises(BadValueError, match="before the last entry"):
            record_life(tmp_path / "life.json", ticket, RULES, datetime(2026, 11, 20, tzinfo=UTC))


class TestAnonymousHistories:
    def test_ids_and_texts_are_replaced(self) -> None:
        """The priority is a choice of the rule set, so it stays; so do instants, states and messages of rules."""
        desk = reminded()
        desk.agent("ana").snoozes("2026-12-01 09:00", why="Bruno is away")
        desk.agent("ana").links("T-77")
        desk.agent("ana").moves("solve", tf.Message("secret", resolves=True))
        desk.customer("bruno").rates(5, "comment-7")
        found = anonymous(desk.value, RULES, 12)
        text = documents.write(found)
        for secret in ("bruno", "Bruno", "ana", 'T-1"', "T-77", "secret", "comment-7"):
            assert secret not in text, secret
        assert (found.id, found.fields["priority"], found.rating) == ("T-12", "high", 5)
        assert [entry.at for entry in found.history] == [entry.at for entry in desk.value.history]
        assert Life(found, desk.now).differences(RULES) == ()

    def test_every_event_can_be_replaced(self) -> None:
        """All ways of working of Enate, and everything that carries an id or a text besides."""
        desk = Desk(enate(), at="2026-11-23 10:00")
        desk.agent("ana").opens(requester="bruno")
        desk.agent("ana").moves("submit", fields=READY)
        desk.agent("ana").sets_requester("carla")
        desk.robot("b0t").moves("robot_start_work")
        desk.robot("b0t").declines("cannot read Bruno's mail")
        desk.agent("ana").gives(
            commands.AddMessage(tf.Message("m9"), at=desk.now, by=tf.Actor("agent", "ana"), event_id="mail-9")
        )
        told = tf.Automation("tell", tf.OnMessage("anyone"), (actions.SendMessage("told", tf.person("dora")),))
        asked = tf.Automation("ask", tf.OnMessage("anyone"), (actions.SendMessage("asked", "requester"),))
        emitted = tf.Automation("emit", tf.OnMessage("anyone"), (actions.Emit("told", ("title",)),))
        held = tf.Automation("hold", tf.OnMessage("customer"), (actions.HoldField("title", "on hold"),))
        released = tf.Automation("release", tf.OnMessage("third_party"), (actions.ReleaseField("title"),))
        rules = enate().adding(told, asked, emitted, held, released)
        more = Desk(rules, at="2026-11-23 10:00")
        more.customer("bruno").opens("my printer burns", title="help")
        more.third_party("vendor").writes("oh")
        for each, under in ((desk, enate()), (more, rules)):
            found = anonymous(each.value, under)
            text = documents.write(found)
            for secret in ("bruno", "carla", "Bruno", "fire", "mail-9", "b0t", "burns", "vendor", "help"):
                assert secret not in text, secret
            assert replay(found.history) == found
            assert anonymous(found, under) == found
            assert Life(found, each.now).differences(under) == ()
        assert "person:dora" in documents.write(anonymous(more.value, rules)), "the rule set itself names her"

    def test_a_person_whom_the_rules_no_longer_name_is_replaced(self) -> None:
        told = tf.Automation("tell", tf.OnMessage("anyone"), (actions.SendMessage("told", tf.person("dora")),))
        desk = Desk(RULES.adding(told))
        desk.customer.opens("printer")
        requested = [
            event
            for entry in anonymous(desk.value, RULES).history
            for event in entry.events
            if isinstance(event, events.MessageRequested)
        ]
        assert [(event.to, event.recipient) for event in requested] == [("person:person-1", "person-1")]

    def test_random_histories_stay_histories(self) -> None:
        for number in range(12):
            world = seeded(number)
            ticket = lived(world)
            found = anonymous(ticket, world.rules)
            assert [entry.at for entry in found.history] == [entry.at for entry in ticket.history]
            assert found.trails["state"] == ticket.trails["state"]

    def test_rules_that_were_halted_stay_halted(self) -> None:
        """Two rules change the priority in turn until a bound halts them."""
        up = tf.Automation("up", tf.OnEnter(tf.FieldIs("priority", "low")), (actions.SetField("priority", "high"),))
        down = tf.Automation("down", tf.OnEnter(tf.FieldIs("priority", "high")), (actions.SetField("priority", "low"),))
        rules = RULES.adding(up, down)
        desk = Desk(rules)
        desk.customer.opens(priority="low")
        found = anonymous(desk.value, rules)
        assert found.halted == {"up", "down"}
        assert Life(found, desk.now).differences(rules) == ()

    def test_follow_ups_begin_anew(self) -> None:
        desk = reminded()
        desk.agent.moves("solve", "done")
        desk.customer.follows_up("T-2", "again")
        assert anonymous(desk.ticket("T-2").value, RULES).follows is None

    def test_snoozes_of_a_preset_keep_their_instants(self) -> None:
        desk = Desk(posponer(), at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.agent("ana").snoozes("tomorrow")
        desk.passes(days=2)
        assert Life(anonymous(desk.value, posponer()), desk.now).differences(posponer()) == ()


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadValueError, match=r"^file '.*nowhere.json' does not exist; write it with record_life$"):
        check_life(tmp_path / "nowhere.json", RULES)
