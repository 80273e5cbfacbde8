"""Read the exports of other systems: a rule set out, and a list of what was and was not carried over.

Nothing is left out silently: every value of a source has an item, or lies in a part that has one (docs/importing.md).

>>> from ticketflow import importers
>>> "stale" in importers.system_names()
True
"""

from ticketflow.importers.freshdesk import read_freshdesk, read_freshservice
from ticketflow.importers.glpi import read_glpi
from ticketflow.importers.items import Imported, Item, Outcome
from ticketflow.importers.osticket import read_osticket
from ticketflow.importers.parts import Part
from ticketflow.importers.registry import read, system, system_names
from ticketflow.importers.sources import Source
from ticketflow.importers.stale import read_stale
from ticketflow.importers.systems import System, read_with
from ticketflow.importers.zammad import read_zammad
from ticketflow.importers.zendesk import read_zendesk

__all__ = [
    "Imported",
    "Item",
    "Outcome",
    "Part",
    "Source",
    "System",
    "read",
    "read_freshdesk",
    "read_freshservice",
    "read_glpi",
    "read_osticket",
    "read_stale",
    "read_with",
    "read_zammad",
    "read_zendesk",
    "system",
    "system_names",
]
