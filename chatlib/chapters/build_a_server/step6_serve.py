"""Step 6: serve a connection. The course's function, and a check with raw bytes and real clients.

Each case gets a port of its own, and says in a sentence what was wrong; "" means nothing was.
"""

from __future__ import annotations

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, WebSocketException

from chatlib.chapters.build_a_server.drive import CLIENT, Driven, Findings, ServerStep
from chatlib.chapters.build_a_server.step1_read_head import END, FRAME, REQUEST
from chatlib.chapters.build_a_server.step2_handshake import handshake
from chatlib.chapters.build_a_server.step3_read_frame import CLOSE, KEY, TEXT
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.questions.report import Finding, shorten
from chatlib.wire.frames import Frame, read_header

Talk = Callable[[StreamReader, StreamWriter], Awaitable[object]]
Case = Callable[[Driven], Awaitable[str]]
QUIET_AFTER = 1.0  # seconds in which nothing came, after which nothing more is expected
GREETING = "Halo from another talk"


async def serve(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
    """Serve one connection from its first byte to its end.

    Args:
        reader: What the client sends.
        writer: Where to answer.
        talk: What to do once the handshake is done; `ValueError` from it closes with 1002, and
            `UnicodeDecodeError` with 1007 (RFC 6455 §7.4.1).
    """
    try:
        if await handshake(reader, writer):
            await talk(reader, writer)
    except UnicodeDecodeError:
        writer.write(frame(CLOSE, (1007).to_bytes(2, "big")))
    except ValueError:
        writer.write(frame(CLOSE, (1002).to_bytes(2, "big")))
    except (IncompleteReadError, ConnectionError):
        pass  # The client is gone, without a close frame.
    finally:
        writer.close()


async def check(serve: Callable[..., Any], *, talk: Callable[..., Any]) -> Findings:
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
        "another talk": _greets,
        "a plain HTTP request is refused, and TCP ends": _refuses,
        "a frame without a mask": partial(_broken, broken=Frame(1, b"Hello"), code=1002),
        "a text that is not UTF-8": partial(
            _broken, broken=Frame(1, b"\xff", masking_key=KEY), code=1007
        ),
        "a client that vanishes inside of a frame": _vanishes,
    }
    for name, case in cases.items():
        chosen = _greet if case in (_greets, _refuses) else talk
        async with Driven(partial(serve, talk=chosen), serve) as driven:
            yield await run_case(name, case, driven)


async def run_case(name: str, case: Case, driven: Driven) -> Finding:
    """Run one case in a bounded time, and say what came of it.

    Args:
        name: What the case is called.
        case: Connects to the server, and returns what was wrong; "" if nothing was.
        driven: The server.
    """
    trying = asyncio.ensure_future(case(driven))
    try:
        await asyncio.wait({trying}, timeout=driven.patience)
        # Asked before the clients close their connections: the server may not wait afterwards.
        mistake = trying.result() if trying.done() else driven.unanswered()
    except asyncio.IncompleteReadError:
        mistake = "Your server ended TCP before its answer was complete."
    except ConnectionClosedError as error:
        mistake = _ended(error)
    except (WebSocketException, OSError) as error:
        mistake = f"The client says: {type(error).__name__}: {error}."
    finally:
        trying.cancel()
        await asyncio.wait({trying})
    if driven.errors:
        mistake = driven.trouble()
    return Finding(name, not mistake, mistake or "The client got what it must get.")


def _ended(error: ConnectionClosedError) -> str:
    if error.rcvd or error.sent:
        return f"The client says: {error}."
    return (
        "Your server ended TCP without a close frame, while a client waited for an answer. Is"
        " everything awaited that it calls before writer.close()?"
    )


def join(driven: Driven) -> connect:
    """Return a connection of a real client, to be entered with `async with`."""
    return connect(f"ws://127.0.0.1:{driven.port}", **CLIENT)


async def echoed(client: ClientConnection, *sent: str | bytes) -> str:
    """Send messages, and return what is wrong with what comes back; "" if nothing is."""
    for message in sent:
        await client.send(message)
        heard = await client.recv()
        if heard != message:
            return f"Sent: {shorten(message)}. Came back: {shorten(heard)}."
    return ""


async def next_of(client: ClientConnection) -> str | bytes | None:
    """Return the next message, or None if none comes soon."""
    try:
        async with asyncio.timeout(QUIET_AFTER):
            return await client.recv()
    except TimeoutError:
        return None


async def _echoes(driven: Driven) -> str:
    async with join(driven) as client:
        return await echoed(client, "Halo", "😀", b"\x00\xff", b"x" * 70_000)


async def _pongs(driven: Driven) -> str:
    async with join(driven) as client:
        await (await client.ping(b"are you there?"))
        return await echoed(client, "still here")


async def _closes(driven: Driven) -> str:
    async with join(driven) as client:
        await client.send("bye")
        await client.recv()
        await client.close(1000)
    if client.close_code != 1000:
        return (
            f"The client sent a close frame with 1000, and reports {client.close_code}: your server"
            " must answer with a close frame before it ends TCP (RFC 6455 §5.5.1)."
        )
    _, ended = await _raw(driven, Frame(8, b"\x03\xe8", masking_key=KEY))
    return "" if ended else _left_open("after the close frames (RFC 6455 §7.1.1)")


async def _two_at_once(driven: Driven) -> str:
    async with join(driven) as first, join(driven) as second:
        return await echoed(second, "second") or await echoed(first, "first")


async def _refuses(driven: Driven) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status = (await reader.readuntil(END))[9:12].decode("latin-1")
        if status not in ("426", "400"):
            return f"Your server answered {status}. 426 was expected (RFC 6455 §4.2.1)."
        after, ended = await _rest(reader)
        if GREETING.encode() in after:
            return (
                "Your server refused this request, and called talk all the same. Call it only if "
                "handshake returned True."
            )
        return "" if ended else _left_open("after the refusal")
    finally:
        writer.transport.abort()


async def _broken(driven: Driven, *, broken: Frame, code: int) -> str:
    after, ended = await _raw(driven, broken)
    header = read_header(after)
    if header is None or header.frame.opcode != 8:
        return f"Your server sent no close frame. {code} was expected (RFC 6455 §7.4.1)."
    sent = header.complete(after[header.size :]).close_code
    if sent != code:
        return f"Your server closed with {sent}. {code} was expected (RFC 6455 §7.4.1)."
    return "" if ended else _left_open("after the close frame")


async def _greet(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(frame(TEXT, GREETING.encode()))


async def _greets(driven: Driven) -> str:
    async with join(driven) as client:
        if await next_of(client) == GREETING:
            return ""
    return (
        f"This check gave your server another talk, which says “{GREETING}” first, and the client "
        "did not hear it. Call the talk that is given: await talk(reader, writer)."
    )


async def _vanishes(driven: Driven) -> str:
    _reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    writer.write(REQUEST + FRAME[:7])
    await writer.drain()
    writer.close()
    await driven.ended()
    return driven.trouble()


async def _raw(driven: Driven, sent: Frame) -> tuple[bytes, bool]:
    """Shake hands, send one frame; return what came after the head, and whether TCP ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
    try:
        writer.write(REQUEST + sent.encode())
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


STEP = ServerStep(serve, check)
