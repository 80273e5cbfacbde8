"""A service around ticketflow: storage in SQLAlchemy, an outbox, and workers. README.md says what is in which file."""
