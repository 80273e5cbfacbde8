"""``python -m ticketflow``."""

import sys

try:
    from ticketflow.cli.process import run

    status = run()
except KeyboardInterrupt:
    status = 130  # as for a process that SIGINT ended; also while the modules are imported
sys.exit(status)
