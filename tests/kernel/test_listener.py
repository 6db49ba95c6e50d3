"""A bare TCP server: handlers run, their errors are told, and nothing is left after the stop."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from chatlib.kernel.listener import Listener


async def shout(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write((await reader.readline()).upper())
    writer.close()


async def asked(listener: Listener, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(line)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_handler_gets_each_connection():
    listener = await Listener.start(shout)
    assert await asked(listener, b"halo\n") == b"HALO\n"
    assert await asked(listener, b"again\n") == b"AGAIN\n"
    await listener.stop()
    await listener.stop()
    with pytest.raises(OSError):
        await asked(listener, b"too late\n")


async def test_an_error_of_the_handler_is_told_and_its_client_does_not_wait():
    errors: list[BaseException] = []

    async def fail(reader: StreamReader, writer: StreamWriter) -> None:
        raise ValueError("out of chalk")

    listener = await Listener.start(fail, on_error=errors.append)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.transport.abort()
    assert [str(error) for error in errors] == ["out of chalk"]
    await listener.stop()


async def test_without_a_callback_the_loop_is_told():
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))

    async def fail(reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()
        raise ValueError("out of chalk")

    listener = await Listener.start(fail)
    await asked(listener, b"")
    await listener.stop()
    assert str(told[0]["exception"]) == "out of chalk"


async def test_a_handler_that_still_waits_is_ended_with_its_connection():
    listening = asyncio.Event()

    async def wait(reader: StreamReader, writer: StreamWriter) -> None:
        listening.set()
        await reader.read()

    listener = await Listener.start(wait)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    await listening.wait()
    async with asyncio.timeout(10):
        await listener.stop()
        assert await reader.read() == b""
    writer.transport.abort()


async def test_a_loop_over_read_after_the_end_does_not_stop_the_event_loop():
    async def read_ten_bytes(reader: StreamReader, writer: StreamWriter) -> None:
        data = b""
        while len(data) < 10:
            data += await reader.read(10 - len(data))

    listener = await Listener.start(read_ten_bytes)
    _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"three")
    writer.close()
    async with asyncio.timeout(10):
        await writer.wait_closed()
        await listener.stop()
