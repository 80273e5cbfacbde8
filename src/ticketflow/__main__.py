"""``python -m ticketflow``."""

import os
import sys

from ticketflow.cli.main import main

try:
    status = main()
    sys.stdout.flush()
except BrokenPipeError:  # whoever read the output has seen enough
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    status = 1
sys.exit(status)
