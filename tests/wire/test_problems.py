"""A broken rule is a plain record."""

from dataclasses import FrozenInstanceError

import pytest

from chatlib.wire.frames import Problem


def test_a_problem_stays_as_it_was_found():
    problem = Problem(3, "A rule.", "RFC 6455 §5.1")
    assert problem.close_code is None
    with pytest.raises(FrozenInstanceError):
        problem.offset = 4
