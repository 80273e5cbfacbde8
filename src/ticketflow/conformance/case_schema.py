"""The JSON Schema of files of conformance cases."""

from __future__ import annotations

from ticketflow.conformance.document_cases import Checked, Readable, Rejected
from ticketflow.conformance.scenario_cases import Scenario
from ticketflow.documents.json_schema import Definitions, Schema


def case_schema() -> Schema:
    """Return the JSON Schema of a file of cases; docs/conformance.md describes the cases that ask calendars.

    >>> case_schema()["title"]
    'ticketflow conformance'
    """
    definitions = Definitions()
    kinds = [definitions.of(kind) for kind in (Scenario, Readable, Rejected, Checked)]
    asking = {"type": "object", "required": ["op", "args", "expect"]}
    cases = {"type": "array", "items": {"anyOf": [*kinds, asking]}}
    return definitions.titled("conformance", {"type": "object", "properties": {"cases": cases}, "required": ["cases"]})
