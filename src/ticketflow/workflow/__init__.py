"""The workflow of a desk: states, transitions, permissions, snooze options, and conditions about a ticket."""
