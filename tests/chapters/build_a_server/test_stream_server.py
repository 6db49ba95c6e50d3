"""A bare TCP server: handlers run, their errors are told, and nothing is left after the stop."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from chatlib import Lab
from chatlib.chapters.build_a_server.stream_server import StreamServer, listen


async def shout(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write((await reader.readline()).upper())
    writer.close()


async def asked(server: StreamServer, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(line)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_handler_gets_each_connection():
    server = await StreamServer.start(shout)
    assert await asked(server, b"halo\n") == b"HALO\n"
    assert await asked(server, b"again\n") == b"AGAIN\n"
    await server.stop()
    await server.stop()
    with pytest.raises(OSError):
        await asked(server, b"too late\n")


async def test_an_error_of_the_handler_is_told_and_its_client_does_not_wait():
    errors: list[BaseException] = []

    async def fail(reader: StreamReader, writer: StreamWriter) -> None:
        raise ValueError("out of chalk")

    server = await StreamServer.start(fail, on_error=errors.append)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.transport.abort()
    assert [str(error) for error in errors] == ["out of chalk"]
    await server.stop()


async def test_without_a_callback_the_loop_is_told():
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))

    async def fail(reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()
        raise ValueError("out of chalk")

    server = await StreamServer.start(fail)
    await asked(server, b"")
    await server.stop()
    assert str(told[0]["exception"]) == "out of chalk"


async def test_a_handler_that_still_waits_is_ended_with_its_connection():
    listening = asyncio.Event()

    async def wait(reader: StreamReader, writer: StreamWriter) -> None:
        listening.set()
        await reader.read()

    server = await StreamServer.start(wait)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await listening.wait()
    async with asyncio.timeout(10):
        await server.stop()
        assert await reader.read() == b""
    writer.transport.abort()


async def test_a_loop_over_read_after_the_end_does_not_stop_the_event_loop():
    async def read_ten_bytes(reader: StreamReader, writer: StreamWriter) -> None:
        data = b""
        while len(data) < 10:
            data += await reader.read(10 - len(data))

    server = await StreamServer.start(read_ten_bytes)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"three")
    writer.close()
    async with asyncio.timeout(10):
        await writer.wait_closed()
        await server.stop()


@pytest.mark.usefixtures("nothing_is_left_behind")
async def test_a_bare_handler_listens_behind_a_tap_and_is_replaced():
    async def greet(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    async with await Lab.start() as lab:
        taps = [await listen(lab, greet, name="mine") for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", taps[1].port)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()
        await taps[1].idle()
        assert taps[1].traces[0].bytes_from("server") == 5
        for port in (taps[0].port, taps[0].target_port):
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)
    with pytest.raises(RuntimeError, match="Run the setup cell again"):
        await listen(lab, greet, name="mine")
