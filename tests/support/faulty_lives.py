"""Small rule sets with one fault each that some history shows, and the same rule sets without the fault."""

from __future__ import annotations

from collections.abc import Callable

from ticketflow import (
    After,
    All,
    AnyOf,
    Automation,
    BusinessCalendar,
    CategoryIs,
    Created,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Not,
    On,
    OnChange,
    OnEnter,
    OnMessage,
    Rules,
    Rung,
    State,
    StateIs,
    Transition,
    Workflow,
)
from ticketflow.rules.actions import Assign, Move, Resolve, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.workflow.conditions import Condition

OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
OPEN, WAITING = StateIs("open"), StateIs("waiting")
LOW, HIGH = FieldIs("level", "low"), FieldIs("level", "high")
UNDECIDED = FieldIs("outcome", None)

STATES = (State("open"), State("waiting", "pending"), State("closed", "closed"))
ROWS = (
    Transition("ask", ["open"], "waiting", may=["agent"]),
    Transition("resume", ["waiting"], "open", may=["agent"]),
    Transition("close", ["open", "waiting"], "closed", may=["agent"]),
)
FIELDS = (Field("level", ("low", "high")), Field("outcome", ("won", "lost")))


def after(days: int, name: str, *then: Move | SendMessage | SetField | Resolve, given: Condition = WAITING) -> Rule:
    """Return a rule that acts so many days after the ticket came to where it is."""
    return Automation(name, After(Elapsed(days=days), Entered()), then, given=given)


END = after(10, "end", Move("close"))


OUR_WORD = Latest(Entered(), LastMessage("agent"))
SILENCE = Automation("silence", After(Elapsed(days=10), OUR_WORD), (Move("close"),), given=WAITING)


def desk(
    *rules: Rule, states: tuple[State, ...] = STATES, rows: tuple[Transition, ...] = ROWS, ends: bool = True
) -> Rules:
    """Return a desk in which a ticket that waits is closed after ten days, unless *ends* is false."""
    return Rules("planted", Workflow(states, rows, FIELDS), OFFICE, (*rules, *((END,) if ends else ())))


def nudge_that_reopens() -> Rules:
    """A nudge takes up the ticket that waits, and another rule lets it wait again, without end."""
    return desk(after(2, "nudge", Move("resume")), after(1, "park", Move("ask"), given=OPEN))


def nudge_that_only_tells() -> Rules:
    return desk(after(2, "nudge", SendMessage("nudge")), after(1, "park", Move("ask"), given=OPEN))


def there_and_back() -> Rules:
    """Each of two rules undoes at once what the other has done."""
    there = Automation("there", OnEnter(OPEN), (Move("ask"),))
    return desk(there, Automation("back", OnEnter(WAITING), (Move("resume"),)))


def there_only() -> Rules:
    return desk(Automation("there", OnEnter(OPEN), (Move("ask"),)))


def level_that_echoes() -> Rules:
    """A change of the level is answered by another change of the level."""
    up = Automation("up", OnChange("level"), (SetField("level", "high"),), given=LOW)
    return desk(up, Automation("down", OnChange("level"), (SetField("level", "low"),), given=HIGH))


def level_that_rises() -> Rules:
    return desk(Automation("up", OnChange("level"), (SetField("level", "high"),), given=LOW))


def week_that_swings() -> Rules:
    """One Monday the level is raised, and the next it is lowered."""
    weekly, later = On(EveryWeek("monday", "09:00")), On(EveryWeek("thursday", "09:00"))
    up = Automation("up", weekly, (SetField("level", "high"),), given=OPEN)
    return desk(up, Automation("down", later, (SetField("level", "low"),), given=OPEN))


def week_that_reminds() -> Rules:
    weekly, later = On(EveryWeek("monday", "09:00")), On(EveryWeek("thursday", "09:00"))
    up = Automation("up", weekly, (SetField("level", "high"),), given=OPEN)
    return desk(up, Automation("tell", later, (SendMessage("still-open", "owner"),), given=OPEN))


def won_and_lost_in_time() -> Rules:
    """Two days of waiting win, and two days of waiting lose."""
    return desk(after(2, "win", Resolve("won"), given=OPEN), after(2, "lose", Resolve("lost"), given=OPEN))


def won_or_lost_in_time() -> Rules:
    win = after(2, "win", Resolve("won"), given=AnyOf(OPEN))
    return desk(win, after(3, "lose", Resolve("lost"), given=WAITING))


def won_and_lost_at_a_word() -> Rules:
    """One message of the customer's wins and loses."""
    win = Automation("win", OnMessage("customer"), (Resolve("won"),), given=UNDECIDED)
    return desk(win, Automation("lose", OnMessage("customer"), (Resolve("lost"),), given=UNDECIDED))


def won_or_lost_at_a_word() -> Rules:
    win = Automation("win", OnMessage("customer"), (Resolve("won"),), given=HIGH)
    return desk(win, Automation("lose", OnMessage("customer"), (Resolve("lost"),), given=Not(HIGH)))


def level_by_name() -> Rules:
    """Which of two levels a ticket has after a day depends on the names of the rules."""
    up = after(1, "a", SetField("level", "high"), given=OPEN)
    return desk(up, after(1, "b", SetField("level", "low"), given=OPEN))


def level_by_rank() -> Rules:
    up = after(1, "a", SetField("level", "high"), given=OPEN)
    spans = After(Elapsed(days=1), Entered())
    return desk(up, Automation("b", spans, (SetField("level", "low"),), given=OPEN, rank=1))


def owner_by_name() -> Rules:
    """Who gets a ticket at the customer's word depends on the names of the rules."""
    ana = Automation("to-ana", OnMessage("customer"), (Assign("ana"),))
    return desk(ana, Automation("to-bea", OnMessage("customer"), (Assign("bea"),)))


def owner_by_level() -> Rules:
    ana = Automation("to-ana", OnMessage("customer"), (Assign("ana"),), given=HIGH)
    return desk(ana, Automation("to-bea", OnMessage("customer"), (Assign("bea"),), given=Not(HIGH)))


def reminder_of_what_is_over() -> Rules:
    """Five days after the opening the customer is asked how things are, whether they are over or not."""
    return desk(Automation("how-are-things", After(Elapsed(days=5), Created()), (SendMessage("how-are-things"),)))


def reminder_of_what_is_open() -> Rules:
    given = Not(CategoryIs("closed"))
    then = (SendMessage("how-are-things"),)
    return desk(Automation("how-are-things", After(Elapsed(days=5), Created()), then, given=given))


def rung_after_the_answer() -> Rules:
    """The customer's answer ends the ladder, and nobody takes up the ticket that was answered."""
    rungs = Rung(Elapsed(days=2), SendMessage("still-there")), Rung(Elapsed(days=5), Move("close"))
    return desk(Ladder("no-answer", Entered("waiting"), WAITING, rungs), ends=False)


def rung_and_answer() -> Rules:
    rungs = Rung(Elapsed(days=2), SendMessage("still-there")), Rung(Elapsed(days=5), Move("close"))
    answer = Automation("take-answer", OnMessage("customer"), (Move("resume"),), given=WAITING)
    return desk(Ladder("no-answer", Entered("waiting"), WAITING, rungs), answer, ends=False)


def nobody_waits() -> Rules:
    """What waits is forgotten."""
    return desk(ends=False)


def somebody_waits() -> Rules:
    return desk()


def mail_every_two_hours() -> Rules:
    """The customer is reminded every two hours, by day and by night."""
    often = After(Elapsed(hours=2), OUR_WORD, every=Elapsed(hours=2))
    return desk(Automation("still-there", often, (SendMessage("still-there"),), given=WAITING), SILENCE, ends=False)


def mail_thrice() -> Rules:
    often = After(Elapsed(hours=2), OUR_WORD, every=Elapsed(hours=2), at_most=3)
    then, answer = (SendMessage("still-there"),), LastMessage("customer")
    return desk(Automation("still-there", often, then, given=WAITING, ended_by=answer), SILENCE, ends=False)


WITH_EXPERT = (*STATES, State("expert"), State("board"))
TO_EXPERT = (
    *ROWS,
    Transition("escalate", ["waiting"], "expert"),
    Transition("consult", ["expert"], "board", may=["agent"]),
    Transition("advise", ["board"], "expert", may=["agent"]),
)
BACK = Transition("back", ["expert"], "open", may=["agent"])


def expert_too_late() -> Rules:
    """After twelve days of waiting an expert is asked; but after ten the ticket was closed."""
    escalate = after(12, "escalate", Move("escalate"), given=All(WAITING, HIGH))
    return desk(escalate, states=WITH_EXPERT, rows=(*TO_EXPERT, BACK))


def expert_in_time() -> Rules:
    escalate = after(7, "escalate", Move("escalate"), given=All(WAITING, HIGH))
    return desk(escalate, states=WITH_EXPERT, rows=(*TO_EXPERT, BACK))


def expert_for_ever() -> Rules:
    """What was given to an expert goes to the board and back, and never to an end."""
    escalate = after(7, "escalate", Move("escalate"), given=All(WAITING, HIGH))
    return desk(escalate, states=WITH_EXPERT, rows=TO_EXPERT)


Planted = tuple[Callable[[], Rules], Callable[[], Rules], str]

PLANTED_LIVES: dict[str, Planted] = {
    "a nudge that reopens": (nudge_that_reopens, nudge_that_only_tells, "feeds_itself"),
    "there and back at once": (there_and_back, there_only, "feeds_itself"),
    "a level that echoes": (level_that_echoes, level_that_rises, "feeds_itself"),
    "a week that swings": (week_that_swings, week_that_reminds, "feeds_itself"),
    "won and lost in time": (won_and_lost_in_time, won_or_lost_in_time, "opposite_outcomes"),
    "won and lost at a word": (won_and_lost_at_a_word, won_or_lost_at_a_word, "opposite_outcomes"),
    "a level by name": (level_by_name, level_by_rank, "order_sensitive"),
    "an owner by name": (owner_by_name, owner_by_level, "order_sensitive"),
    "a reminder of what is over": (reminder_of_what_is_over, reminder_of_what_is_open, "reminder_after_close"),
    "an answer that ends a ladder": (rung_after_the_answer, rung_and_answer, "rots"),
    "what waits is forgotten": (nobody_waits, somebody_waits, "rots"),
    "a mail every two hours": (mail_every_two_hours, mail_thrice, "message_storm"),
    "an expert who is asked too late": (expert_too_late, expert_in_time, "never_fires"),
    "an expert who is never asked": (expert_too_late, expert_in_time, "unreachable_state"),
    "a way to the expert that nobody goes": (expert_too_late, expert_in_time, "dead_transition"),
    "an expert who keeps what he has": (expert_for_ever, expert_in_time, "no_way_to_end"),
}
"""For each name: the faulty rule set, the correct one, and the code of the finding."""
