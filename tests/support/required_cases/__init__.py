"""Families of required conformance cases, written as Python for brevity.

Each module lists cases with a source. Expected answers come from the clauses: they are worked out by hand, or by the slow
methods of the module, which share nothing with the library. `python -m tests.support.required_cases.writing` writes the
files of the suite.
"""
