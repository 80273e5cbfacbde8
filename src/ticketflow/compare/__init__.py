"""Differences between two rule sets, and their effects on tickets."""

from ticketflow.compare.differences import Difference, diff

__all__ = ["Difference", "diff"]
