"""Build the site: ``python -m docs.website.build [--linkcheck]``.

The pages are gathered in build/pages, and the site is build/site. A warning is an error, and so is a link inside the
site that leads nowhere. Links to other sites are checked by ``--linkcheck``, which needs the network.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docs.website.links import broken_links
from docs.website.public_names import ROOT
from docs.website.staging import stage

PAGES = ROOT / "build" / "pages"
SITE = ROOT / "build" / "site"


def main(arguments: list[str]) -> int:
    """Build the site and check it. Return 0 if nothing is wrong."""
    stage(PAGES)
    if "--linkcheck" in arguments:
        return sphinx("linkcheck", ROOT / "build" / "links")
    status = sphinx("html", SITE)
    if status:
        return status
    broken = broken_links(SITE)
    for link in broken:
        sys.stderr.write(f"broken link: {link}\n")
    sys.stdout.write(f"open {SITE / 'index.html'}\n")
    return 1 if broken else 0


def sphinx(builder: str, target: Path) -> int:
    """Run Sphinx on all pages: the navigation of each depends on all others."""
    command = (sys.executable, "-m", "sphinx", "-b", builder, "-c", str(ROOT / "docs"))
    options = ("-W", "--keep-going", "-q", "-j", "auto", "-E", "-a", "-d", str(ROOT / "build" / "read"))
    return subprocess.run((*command, *options, str(PAGES), str(target)), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
