"""Hypothesis profiles: CI is deterministic; `HYPOTHESIS_PROFILE=long` draws many more, at random.

Lives (`lives.py`) are drawn by seeds, which don't shrink; ``shrink`` draws them by choices, which do, at several times
the cost.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("shrink", deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
