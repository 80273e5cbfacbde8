"""The words of pictures, in any language that has a catalog."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from ticketflow.plot.canvas import shortened
from ticketflow.rules.ruleset import all_automations
from ticketflow.text.sentences import Wording

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


@attrs.frozen
class Words:
    """The words of pictures about the tickets of one rule set.

    Attributes:
        wording: The language, the zone and the labels.
    """

    wording: Wording

    @property
    def zone(self) -> ZoneInfo:
        """The zone in whose local time instants are shown."""
        return self.wording.zone

    def say(self, key: str, **parts: str | int) -> str:
        """Return a sentence of the catalog."""
        return self.wording.sentences.say(key, **parts)

    def weekday(self, day: date) -> str:
        """Return the short name of a weekday."""
        return self.say(f"weekday.{_WEEKDAYS[day.weekday()]}.short")

    def instant(self, at: datetime) -> str:
        """Return an instant in local time to the minute."""
        local = at.astimezone(self.zone)
        return f"{self.weekday(local.date())} {local:%Y-%m-%d %H:%M}"

    def amount(self, amount: timedelta) -> str:
        """Return a duration in the largest unit that fits, rounded to it."""
        unit, size = next(((unit, size) for unit, size in _UNITS if amount >= size), _UNITS[-1])
        return self.say(f"unit.{unit}", count=round(amount / size))

    def role(self, role: str) -> str:
        """Return a role in words."""
        return self.wording.sentences.say_or(f"role.{role}", role)

    def state(self, name: str) -> str:
        """Return the label of a state, cut to fit."""
        return shortened(self.wording.state(name))

    def rule(self, name: str) -> str:
        """Return the label of a rule; its id if it has none."""
        rule = next((each for each in all_automations(self.wording.rules) if each.id == name), None)
        return self.wording.sentences.label(rule.labels, name) if rule else name
