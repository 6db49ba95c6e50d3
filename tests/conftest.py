"""What holds for all tests."""

from hypothesis import settings

# How long an example takes measures the machine, not the course.
settings.register_profile("course", deadline=None)
settings.load_profile("course")
