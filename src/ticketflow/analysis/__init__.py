"""Static analysis of rule sets: findings about likely mistakes, and what happens to tickets if nobody acts."""

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.findings import searched_findings
from ticketflow.analysis.explore.unattended import UnattendedPath, UnattendedStep, unattended_paths
from ticketflow.analysis.findings import CODES, SEVERITIES, Finding, Severity, Witness
from ticketflow.analysis.lint.run import exact_findings

__all__ = [
    "CODES",
    "SEVERITIES",
    "Finding",
    "Severity",
    "UnattendedPath",
    "UnattendedStep",
    "Witness",
    "check",
    "exact_findings",
    "searched_findings",
    "unattended_paths",
]
