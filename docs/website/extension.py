"""What the site adds to Sphinx: its navigation, links from prose to the API reference, and names of other libraries."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from docs.website.navigation import with_navigation
from docs.website.public_names import PublicNames
from docs.website.reference import Reference

_PLAIN_WORDS = {"apply", "check", "read", "records", "replay", "report", "route", "trace", "verify", "evolve", "freeze"}
"""Functions whose names mean other things in the prose, too; they are linked when they are written as calls."""


_COMMAND_PAGES = {"command-line", "files"}
"""Pages on which a bare word names a command of the command line."""


class LinkPublicNames(SphinxTransform):
    """Turns names in back quotes into links to their entries: `tf.handle`, `actions.Move`, `Rules`."""

    default_priority = 400
    reference: ClassVar[Reference]

    def apply(self, **_: Any) -> None:  # noqa: ANN401 -- Sphinx's signature
        """Replace the literals of one page."""
        if self.env.docname == "changelog":
            return  # it names what is gone, too
        for literal in list(self.document.findall(nodes.literal)):
            is_free = not isinstance(literal.parent, nodes.reference | nodes.title | pending_xref)
            target = target_of(literal.astext(), self.reference) if is_free else None
            if target is None or (self.env.docname in _COMMAND_PAGES and literal.astext().islower()):
                continue
            link = pending_xref(
                "",
                refdomain="py",
                reftype="obj",
                reftarget=target,
                refexplicit=True,
                refwarn=True,
                refdoc=self.env.docname,
            )
            literal.replace_self(link)
            link += literal


def target_of(text: str, reference: Reference) -> str | None:
    """Return the public name, or the member of a public class, that a text in back quotes means; or None."""
    names = reference.names
    plain = re.sub(r"\([^()]*\)$", "", text)
    if not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", plain):
        return None
    path = f"ticketflow.{plain.removeprefix('tf.').removeprefix('ticketflow.')}"
    if path in names.modules:
        return path if plain.startswith("ticketflow.") else None
    if public := names.public(path):
        is_named = "." in plain or plain != plain.lower() or "_" in plain or text != plain
        return public if is_named or plain not in _PLAIN_WORDS else None
    owner, _, last = plain.rpartition(".")
    if owner:
        found = target_of(owner, reference)
        return reference.known(f"{found}.{last}") if found else None
    same = names.by_last_name.get(plain, []) if plain[:1].isupper() else []
    return same[0] if len(same) == 1 else None


def ignore_foreign_names(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """Leave names of other libraries unlinked, without a warning."""
    del app, env
    return content if node.get("reftarget") in _FOREIGN else None


_FOREIGN: set[str] = set()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register everything with Sphinx."""
    reference = LinkPublicNames.reference = Reference(PublicNames())
    for name in reference.names.members:
        reference.entry(name)
    reference.supporting_entries()
    _FOREIGN.update(reference.foreign)
    app.add_transform(LinkPublicNames)
    app.connect("source-read", with_navigation)
    app.connect("missing-reference", ignore_foreign_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
