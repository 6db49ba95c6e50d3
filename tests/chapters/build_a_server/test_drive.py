"""One connection, what came of it, and the line to look at when something went wrong."""

from asyncio import StreamReader, StreamWriter

import pytest

from chatlib.chapters.build_a_server import drive
from chatlib.chapters.build_a_server.drive import exchange


async def shout(reader: StreamReader, writer: StreamWriter) -> int:
    data = await reader.readexactly(4)
    writer.write(data.upper())
    return len(data)


async def test_an_exchange_collects_what_was_returned_received_and_left_unread():
    outcome = await exchange(shout, [b"ha", b"lo", b", more"], shout)
    assert (outcome.returned, outcome.trouble, outcome.error) == (4, "", None)
    assert (outcome.received, outcome.unread) == (b"HALO", b", more")


async def test_an_error_is_told_with_its_line():
    async def fail(reader: StreamReader, writer: StreamWriter) -> object:
        return (await reader.read(1)).decode().no_such_name

    outcome = await exchange(fail, [b"x"], fail)
    assert isinstance(outcome.error, AttributeError)
    assert "Your code raised AttributeError: 'str' object has no attribute" in outcome.trouble
    assert ".decode().no_such_name”" in outcome.trouble
    assert "in fail, line" in outcome.trouble


@pytest.mark.filterwarnings("ignore:coroutine 'StreamReader.readexactly' was never awaited")
async def test_a_forgotten_await_is_guessed():
    async def forgets(reader: StreamReader, writer: StreamWriter) -> object:
        first, second = reader.readexactly(2)
        return first, second

    outcome = await exchange(forgets, [b"xx"], forgets)
    assert "TypeError: cannot unpack non-iterable coroutine object" in outcome.trouble
    assert outcome.trouble.endswith("Did you forget await?")


async def test_a_function_that_waits_for_ever_is_told_with_its_line(monkeypatch):
    monkeypatch.setattr(drive, "PATIENCE", 0.2)

    async def inner(reader: StreamReader) -> bytes:
        return await reader.readexactly(10)

    async def waits(reader: StreamReader, writer: StreamWriter) -> None:
        await inner(reader)

    outcome = await exchange(waits, [b"five!"], waits)
    assert "not ready within 0.2 seconds: it still waits, in inner, line" in outcome.trouble
    assert "“return await reader.readexactly(10)”" in outcome.trouble


async def test_a_function_that_is_not_written_yet_is_passed_on():
    async def skeleton(reader: StreamReader, writer: StreamWriter) -> None:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        await exchange(skeleton, [b"x"], skeleton)
