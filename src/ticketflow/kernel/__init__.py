"""Building blocks without knowledge of tickets: instants, names, labels, frozen maps and type checks."""
