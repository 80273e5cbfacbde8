"""Ready-made rule sets of real help desks; each is a function that returns a `ticketflow.Rules`."""

from ticketflow.presets.adereso import adereso
from ticketflow.presets.calendars import office
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.registry import preset, preset_names
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale

__all__ = [
    "adereso",
    "embudo",
    "enate",
    "office",
    "posponer",
    "preset",
    "preset_names",
    "senior",
    "servicenow",
    "stale",
]
