"""A small help desk for tests of the testing kit: it reminds, closes, escalates, follows up and measures one clock."""

from __future__ import annotations

import ticketflow as tf
from ticketflow import actions
from ticketflow.sla import Policy, first_response

ASKED = tf.Latest(tf.Entered(), tf.LastMessage("agent"))
NO_ANSWER = tf.Ladder(
    "no-answer",
    ASKED,
    tf.StateIs("waiting"),
    (
        tf.Rung(tf.Elapsed(days=2), actions.SendMessage("reminder-1")),
        tf.Rung(tf.Elapsed(days=4), actions.SendMessage("reminder-2")),
        tf.Rung(tf.BusinessDays(5), actions.Move("close")),
    ),
)
ANSWERED = tf.Automation(
    "answered", tf.OnMessage("customer"), (actions.Move("resume"), actions.Emit("answered")), tf.StateIs("waiting")
)
RULES = tf.Rules(
    "support",
    tf.Workflow(
        states=(tf.State("open"), tf.State("waiting", "pending"), tf.State("closed", "closed", survey_open=True)),
        transitions=(
            tf.Transition("ask", ["open"], "waiting", may=["agent"]),
            tf.Transition("resume", ["waiting"], "open", may=["agent"]),
            tf.Transition("close", ["waiting"], "closed"),
            tf.Transition("solve", ["open", "waiting"], "closed", may=["agent"], needs=("message",)),
        ),
        fields=(tf.Field("priority", ("low", "high")), tf.Field("classification", ("fault", "question"))),
        openings=(tf.Opening("open", ["customer", "agent", "robot"], takes=("priority",)),),
        permissions={"review_classification": tf.Permission({"administrator"})},
        outside_events={"released"},
        groups={"vip"},
        reopen="resume",
        after_closing="follow_up",
    ),
    tf.BusinessCalendar("Europe/Madrid", "mon-fri 09:00-18:00"),
    (NO_ANSWER, ANSWERED),
    tf.Snoozing((tf.InDays("tomorrow", 1),)),
    (Policy("first-answer", first_response(), (tf.Target(tf.Elapsed(hours=8)),)),),
)
