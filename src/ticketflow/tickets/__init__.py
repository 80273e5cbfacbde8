"""Tickets as values: commands, events, facts, anchors, and the fold that builds a ticket from its history."""
