"""One direction: which chunks hold which bytes."""

import pytest

from chatlib.wire.direction import Direction
from chatlib.wire.records import Chunk


@pytest.mark.parametrize(
    ("start", "end", "numbers"),
    [
        (0, 3, (1,)),
        (2, 4, (1, 4)),
        (3, 6, (4,)),
        (0, 7, (1, 4, 5)),
        (6, 7, (5,)),
        (3, 3, ()),
        (7, 7, ()),
    ],
)
def test_chunks_of_a_stretch(start: int, end: int, numbers: tuple[int, ...]):
    direction = Direction("client")
    for number, data, at in ((1, b"GET", 0), (4, b" / ", 3), (5, b"H", 6)):
        assert direction.add(Chunk(number, 0.0, "client", data, at)) == []
    assert direction.numbers(start, end) == numbers
    assert direction.data() == b"GET / H"
    assert direction.size == 7
