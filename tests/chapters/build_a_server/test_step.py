"""`@step` lends the course's function as long as there is none of the learner's."""

import pytest

from chatlib.chapters.build_a_server import given
from chatlib.chapters.build_a_server.step import STEPS, checked_name, step


def test_a_function_that_is_written_is_used():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        return b"mine"

    assert frame(1, b"") == b"mine"


def test_the_given_function_stands_in_for_one_that_is_not_written():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        raise NotImplementedError

    assert frame(1, b"Hi") == b"\x81\x02Hi"


async def test_the_same_for_coroutines():
    class Reader:
        async def readuntil(self, end: bytes) -> bytes:
            return b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

    @step
    async def read_head(reader: Reader) -> object:
        raise NotImplementedError

    assert await read_head(Reader()) == ("GET / HTTP/1.1", {"host": "here"})

    @step
    async def receive(reader: object, writer: object) -> str:
        return "mine"

    assert await receive(None, None) == "mine"


def test_an_error_of_the_learners_is_not_hidden():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        frame(1, b"")


def test_every_step_has_a_given_function_and_other_names_are_refused():
    assert len(STEPS) == 7
    assert all(callable(getattr(given, name)) for name in STEPS)

    def read_haed() -> None:
        pass

    with pytest.raises(ValueError, match="No step is called 'read_haed'. Use one of read_head"):
        step(read_haed)
    assert checked_name(given.serve) == "serve"
