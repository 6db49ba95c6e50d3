"""One direction: which chunks hold which bytes."""

import pytest

from chatlib.wire.direction import Direction
from chatlib.wire.records import Cause, Chunk


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
    assert direction.data(start, end) == b"GET / H"[start:end]
    assert direction.data(end) == b"GET / H"[end:]


def test_a_stretch_joins_only_the_chunks_that_hold_it():
    direction = Direction("client")
    assert direction.data() == b""
    for at, data in enumerate((b"a", b"b", b"c", b"d")):
        direction.add(Chunk(at + 1, 0.0, "client", data, at))
    direction.chunks[0] = direction.chunks[3] = Chunk(9, 0.0, "client", None, 0)
    assert direction.data(1, 3) == b"bc"


@pytest.mark.parametrize(
    ("offset", "cause"), [(0, ""), (1, ""), (2, "a"), (4, "a"), (5, "b"), (9, "b")]
)
def test_a_cause_goes_on_until_the_next_one(offset: int, cause: str):
    direction = Direction("server")
    direction.add(Chunk(1, 0.0, "server", b"123", 0, (Cause(2, "a"),)))
    direction.add(Chunk(2, 0.0, "server", b"456", 3, (Cause(3, "a"), Cause(5, "b"))))
    assert direction.cause_at(offset) == cause
