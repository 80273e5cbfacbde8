"""Language-neutral conformance cases and their runner."""
