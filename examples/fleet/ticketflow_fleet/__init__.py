"""Replay years of ticket histories, and try other rules on them, on one process or on a Dask cluster."""
