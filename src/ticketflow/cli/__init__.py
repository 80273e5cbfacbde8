"""The command line: ``python -m ticketflow``."""
