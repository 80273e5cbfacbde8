"""Texts for people: sentences, timelines and diagrams, in any language that has a catalog."""

from ticketflow.text.catalog import Catalog
from ticketflow.text.diagrams import graphviz, mermaid
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline

__all__ = ["Catalog", "Wording", "graphviz", "mermaid", "timeline"]
