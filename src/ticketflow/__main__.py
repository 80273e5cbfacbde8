"""``python -m ticketflow``."""

import sys

from ticketflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
