"""Every fenced example of the pages and every doctest of the sources is a test.

The library's own plugin is loaded here and not by its entry point: what it imports must be measured by coverage.
"""

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

collect_ignore = ["docs/website"]  # it has a run of its own

pytest_plugins = ["ticketflow.testing.fixtures"]

_pages = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"], excludes=["CHANGELOG.md"])
_depths = ("src/ticketflow/*.py", "src/ticketflow/*/*.py", "src/ticketflow/*/*/*.py")
_docstrings = Sybil(parsers=[DocTestParser()], patterns=_depths)

pytest_collect_file = (_pages + _docstrings).pytest()
