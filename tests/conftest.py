"""For all tests: examples that are drawn are drawn the same way every time."""

from hypothesis import settings

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")
