"""Conformance cases that any implementation can run, and the runner for this one."""
