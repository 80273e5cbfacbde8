"""Exact findings: mistakes in a rule set that follow from the definition alone."""
