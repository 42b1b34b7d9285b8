"""What holds for every test."""

from hypothesis import settings

# Speed is shown by a benchmark: an example that is slow on a busy machine is no failure.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
