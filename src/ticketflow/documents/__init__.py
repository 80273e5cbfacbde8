"""Read and write rule sets, tickets and other values as JSON, and rule sets as TOML, too; erase people in tickets.

>>> from ticketflow import documents
>>> documents.write(documents.read("action", '{"format": "action/1", "move": "close"}'))
'{"format":"action/1","move":"close"}'
"""

from ticketflow.documents.conversion import history_digest
from ticketflow.documents.erasure import Erasure, erase, erase_stored
from ticketflow.documents.json_schema import schema
from ticketflow.documents.kinds import KINDS
from ticketflow.documents.loading import Loaded, load
from ticketflow.documents.reading import read
from ticketflow.documents.snapshots import read_snapshot, write_snapshot
from ticketflow.documents.writing import digest, plain, write, write_toml

__all__ = [
    "KINDS",
    "Erasure",
    "Loaded",
    "digest",
    "erase",
    "erase_stored",
    "history_digest",
    "load",
    "plain",
    "read",
    "read_snapshot",
    "schema",
    "write",
    "write_snapshot",
    "write_toml",
]
