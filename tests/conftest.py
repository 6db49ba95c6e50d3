"""What holds for all tests."""

import os

import pytest
from hypothesis import settings

from chatlib.chapters.one_room.node import CannotStart, find_node

# How long an example takes measures the machine, not the course.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# Notebook 06 measures for most of a minute; the same code with fewer messages is enough here.
os.environ.setdefault("COURSE_QUICK_SECONDS", "2")


@pytest.fixture(scope="session")
def node_here() -> None:
    """Skip a test that needs Node.js, with words that say so, on a machine without it."""
    try:
        find_node()
    except CannotStart as missing:
        pytest.skip(f"NOT TESTED: {missing}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: they are the slowest, and their event loop stays running."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
