"""A search through the configurations that tickets can reach, for findings with witnesses and unattended paths."""
