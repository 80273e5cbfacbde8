"""The mail door: ``incoming.py`` puts mails where they belong, ``outgoing.py`` sends messages, ``doors.py`` listens."""
