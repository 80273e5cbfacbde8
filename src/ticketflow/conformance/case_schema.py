"""The JSON Schema of files of conformance cases."""

from __future__ import annotations

from ticketflow.conformance.document_cases import Checked, Compared, Readable, Rejected
from ticketflow.conformance.scenario_format import Scenario
from ticketflow.documents.json_schema import Definitions, Schema


def case_schema() -> Schema:
    """Return the JSON Schema of a file of cases. It describes calendar cases only roughly.

    >>> case_schema()["title"]
    'ticketflow conformance'
    """
    definitions = Definitions()
    kinds = [definitions.of(kind) for kind in (Scenario, Readable, Rejected, Checked, Compared)]
    calendar_case = {"type": "object", "required": ["op", "args", "expect"]}
    cases = {"type": "array", "items": {"anyOf": [*kinds, calendar_case]}}
    return definitions.titled("conformance", {"type": "object", "properties": {"cases": cases}, "required": ["cases"]})
