"""Sphinx's configuration of the site; ``make docs`` builds it.

MyST reads Markdown, so pages look the same on GitHub. furo is a quiet theme with a search, a dark mode and a good
layout on phones; of the others that were tried, sphinx-book-theme brings a larger set of widgets than these pages
need, and Sphinx's own themes have no dark mode.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

project = "ticketflow"
author = "The ticketflow developers"
copyright = author  # noqa: A001 -- Sphinx's name
release = version = version_of("ticketflow")

extensions = ["myst_parser", "sphinx_copybutton", "docs.website.extension"]
root_doc = "index"
nitpicky = True

myst_enable_extensions = ["tasklist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
suppress_warnings = ["myst.header"]  # pages may skip a level of headings
highlight_language = "text"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
python_display_short_literal_types = True
toc_object_entries_show_parents = "hide"

copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"ticketflow {release}"
html_static_path = [str(Path(__file__).parent / "website" / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}

linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_anchors = False  # many pages make their anchors with scripts
