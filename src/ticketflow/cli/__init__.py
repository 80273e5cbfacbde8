"""The command line, ``python -m ticketflow``. It is the only package that reads files and prints."""
