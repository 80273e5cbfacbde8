"""Errors of sources that cannot be read."""

from __future__ import annotations

from ticketflow.errors import DocumentError, Problem


def document_error(name: str, code: str, what: str, fix: str, line: int | None = None) -> DocumentError:
    """Return the error of a source with one problem."""
    return DocumentError((Problem(name if line is None else f"{name}:{line}", what, fix, code, "", line),))
