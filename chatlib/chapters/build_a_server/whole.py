"""Drives a whole server of the learner's, with raw bytes and with real clients.

Each case gets a port of its own, and says in a sentence what was wrong; "" means nothing was.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from chatlib.chapters.build_a_server.drive import Driven
from chatlib.chapters.build_a_server.server_frames import HELLO
from chatlib.chapters.build_a_server.server_heads import END, FRAME, REQUEST
from chatlib.chapters.build_a_server.single import CLIENT, Findings
from chatlib.questions.report import Finding, shorten
from chatlib.wire import show
from chatlib.wire.frame_header import read_header
from chatlib.wire.frames import Frame

Case = Callable[[Driven], Awaitable[str]]
KEY = HELLO.masking_key
QUIET_AFTER = 1.0  # seconds without a byte, after which TCP counts as left open


async def served(serve: Callable[..., Any], *, talk: Callable[..., Any]) -> Findings:
    """Drive `serve` with `talk`, which sends each message back.

    Args:
        serve: The learner's function, which gets reader, writer and `talk`.
        talk: A coroutine function that gets reader and writer.
    """
    cases: dict[str, Case] = {
        "text, emoji and 70,000 bytes come back": _echoes,
        "a ping gets its pong (RFC 6455 §5.5.2)": _pongs,
        "the closing handshake (RFC 6455 §5.5.1)": _closes,
        "two clients at once": _two_at_once,
        "a plain HTTP request is refused, and TCP ends": _refuses,
        "a frame without a mask": partial(_broken, frame=Frame(1, b"Hello"), code=1002),
        "a text that is not UTF-8": partial(
            _broken, frame=Frame(1, b"\xff", masking_key=KEY), code=1007
        ),
        "a client that vanishes inside of a frame": _vanishes,
    }
    for name, case in cases.items():
        async with Driven(partial(serve, talk=talk), serve) as driven:
            yield await _finding(name, case, driven)


async def passed_on(everybody: Callable[..., Any], *, serve: Callable[..., Any]) -> Findings:
    """Drive a server that passes each text on to everybody.

    Args:
        everybody: The learner's function, which gets reader, writer and the set of writers.
        serve: The function that gets reader, writer and what to do with them.
    """
    cases: dict[str, Callable[..., Awaitable[str]]] = {
        "one speaks, three hear it": _all_hear,
        "everybody hears the same order": _same_order,
        "who left is forgotten": _forgets,
    }
    for name, case in cases.items():
        writers: set[StreamWriter] = set()
        talk = partial(everybody, writers=writers)
        async with Driven(partial(serve, talk=talk), everybody) as driven:
            yield await _finding(name, partial(case, writers=writers), driven)


async def _finding(name: str, case: Case, driven: Driven) -> Finding:
    trying = asyncio.ensure_future(case(driven))
    try:
        await asyncio.wait({trying}, timeout=driven.patience)
        if not trying.done():
            # Asked before the clients close their connections: the server may not wait afterwards.
            mistake = driven.trouble() or "The client waited for an answer, and none came."
        else:
            mistake = trying.result()
    except asyncio.IncompleteReadError:
        mistake = "Your server ended TCP before its answer was complete."
    except (WebSocketException, OSError) as error:
        mistake = f"The client says: {type(error).__name__}: {error}."
    finally:
        trying.cancel()
        await asyncio.wait({trying})
    if driven.errors:
        mistake = driven.trouble()
    return Finding(name, not mistake, mistake or "The client got what it must get.")


def _join(driven: Driven) -> connect:
    return connect(f"ws://127.0.0.1:{driven.port}", **CLIENT)


async def _echoed(client: ClientConnection, *sent: str | bytes) -> str:
    for message in sent:
        await client.send(message)
        heard = await client.recv()
        if heard != message:
            return f"Sent: {shorten(message)}. Came back: {shorten(heard)}."
    return ""


async def _echoes(driven: Driven) -> str:
    async with _join(driven) as client:
        return await _echoed(client, "Halo", "😀", b"\x00\xff", b"x" * 70_000)


async def _pongs(driven: Driven) -> str:
    async with _join(driven) as client:
        await (await client.ping(b"are you there?"))
        return await _echoed(client, "still here")


async def _closes(driven: Driven) -> str:
    async with _join(driven) as client:
        await client.send("bye")
        await client.recv()
        await client.close(1000)
    if client.close_code != 1000:
        return (
            f"The client sent a close frame with 1000, and reports {client.close_code}: your server"
            " must answer with a close frame before it ends TCP (RFC 6455 §5.5.1)."
        )
    after, ended = await _raw(driven, Frame(8, b"\x03\xe8", masking_key=KEY))
    return "" if ended else _left_open("after the close frames (RFC 6455 §7.1.1)")


async def _two_at_once(driven: Driven) -> str:
    async with _join(driven) as first, _join(driven) as second:
        return await _echoed(second, "second") or await _echoed(first, "first")


async def _refuses(driven: Driven) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status = (await reader.readuntil(END))[9:12].decode("latin-1")
        if status not in ("426", "400"):
            return f"Your server answered {status}. 426 was expected (RFC 6455 §4.2.1)."
        after, ended = await _rest(reader)
        return "" if ended else _left_open("after the refusal")
    finally:
        writer.transport.abort()


async def _broken(driven: Driven, *, frame: Frame, code: int) -> str:
    after, ended = await _raw(driven, frame)
    header = read_header(after)
    if header is None or header.frame.opcode != 8:
        return f"Your server sent no close frame. {code} was expected (RFC 6455 §7.4.1)."
    sent = header.complete(after[header.size :]).close_code
    if sent != code:
        return f"Your server closed with {sent}. {code} was expected (RFC 6455 §7.4.1)."
    return "" if ended else _left_open("after the close frame")


async def _vanishes(driven: Driven) -> str:
    _reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    writer.write(REQUEST + FRAME[:7])
    await writer.drain()
    writer.close()
    await driven.ended()
    return driven.trouble()


async def _all_hear(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with _join(driven) as ana, _join(driven) as budi, _join(driven) as citra:
        await _settled(writers, 3)
        await ana.send("Halo semua")
        heard = [await client.recv() for client in (ana, budi, citra)]
    return "" if heard == ["Halo semua"] * 3 else f"“Halo semua” was sent, {heard!r} was heard."


async def _same_order(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with _join(driven) as ana, _join(driven) as budi:
        await _settled(writers, 2)
        for number in range(5):
            await ana.send(f"Ana {number}")
            await budi.send(f"Budi {number}")
        first, second = [[await client.recv() for _ in range(10)] for client in (ana, budi)]
    return "" if first == second else f"Ana heard {first}, and Budi heard {second}."


async def _forgets(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with _join(driven) as ana:
        async with _join(driven) as budi:
            await _echoed(budi, "I am here")
            await ana.recv()
        (await _join(driven)).transport.abort()
        mistake = await _echoed(ana, "Who is here?")
    await driven.ended()
    if writers:
        left = show.count(len(writers), "writer")
        return f"All have left, but the set still holds {left}: discard each one."
    return mistake


async def _settled(writers: set[StreamWriter], number: int) -> None:
    """Wait until so many clients are in the set; the time limit is the caller's."""
    while len(writers) < number:
        await asyncio.sleep(0)


async def _raw(driven: Driven, frame: Frame) -> tuple[bytes, bool]:
    """Shake hands, send one frame; return what came after the head, and whether TCP ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    try:
        writer.write(REQUEST + frame.encode())
        await reader.readuntil(END)
        return await _rest(reader)
    finally:
        writer.transport.abort()


async def _rest(reader: StreamReader) -> tuple[bytes, bool]:
    """Read until TCP ends, or until nothing comes any more; say which of the two it was."""
    received = b""
    while True:
        try:
            async with asyncio.timeout(QUIET_AFTER):
                chunk = await reader.read(65_536)
        except TimeoutError:
            return received, False
        if not chunk:
            return received, True
        received += chunk


def _left_open(when: str) -> str:
    return f"Your server left TCP open {when}. End it with writer.close(), in a finally block."
