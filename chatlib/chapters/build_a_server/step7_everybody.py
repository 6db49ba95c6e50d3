"""Step 7: pass messages on to everybody. The course's function, and a check with real clients."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from websockets.exceptions import ConnectionClosed

from chatlib.chapters.build_a_server import step6_serve
from chatlib.chapters.build_a_server.drive import CLIENT, Driven, Findings, ServerStep
from chatlib.chapters.build_a_server.step3_read_frame import TEXT
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.chapters.build_a_server.step5_receive import receive
from chatlib.chapters.build_a_server.step6_serve import echoed, join, next_of, run_case
from chatlib.questions.report import shorten
from chatlib.wire import show

SAID = "Halo semua"
ADD = "Put this connection's writer into it first: writers.add(writer)."
EACH = "Write each message to every writer in the set"
MUCH = "x" * 100_000  # letters: more than waits in buffers for a client that reads nothing
LITTLE = 4096  # bytes of them on the server's side


async def everybody(reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]) -> None:
    """Pass each text message on to everybody, its sender included.

    Args:
        reader: What this client sends.
        writer: Where this client listens.
        writers: Where everybody listens; this client's writer is in it while it is connected.
    """
    writers.add(writer)
    try:
        while (message := await receive(reader, writer)) is not None:
            if isinstance(message, str):
                data = frame(TEXT, message.encode())
                for other in writers:
                    other.write(data)
    finally:
        writers.discard(writer)


async def check(everybody: Callable[..., Any], *, serve: Callable[..., Any]) -> Findings:
    """Drive a server that passes each text on to everybody.

    Args:
        everybody: The learner's function, which gets reader, writer and the set of writers.
        serve: The function that gets reader, writer and what to do with them.
    """
    cases: dict[str, Callable[..., Awaitable[str]]] = {
        "one speaks, three hear it": _all_hear,
        "everybody hears the same order": _same_order,
        "a slow reader holds up nobody": _waits_for_nobody,
        "a binary message goes to nobody": _no_bytes,
        "who left is forgotten": _forgets,
    }
    for name, case in cases.items():
        writers: set[StreamWriter] = set()
        talk = partial(everybody, writers=writers)
        async with Driven(partial(serve, talk=talk), everybody) as driven:
            yield await run_case(name, partial(case, writers=writers), driven)


async def _all_hear(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with join(driven) as ana, join(driven) as budi, join(driven) as citra:
        if not await _holds(writers, 3):
            held = show.count(len(writers), "writer")
            return f"3 clients are connected, and the set holds {held}. {ADD}"
        await ana.send(SAID)
        for name, client in {"Ana": ana, "Budi": budi, "Citra": citra}.items():
            if (heard := await next_of(client)) != SAID:
                return f"Ana said “{SAID}”, and {_misheard(name, heard)}"
        leaving = asyncio.ensure_future(ana.close())
        await asyncio.wait({leaving}, timeout=CLIENT["close_timeout"] / 2)
        if not driven.returned:
            for client in (ana, budi, citra):
                client.transport.abort()  # a closing handshake would take its whole time
            return "Ana has left, and your loop goes on. receive returned None: end the loop then."
    return ""


def _misheard(name: str, heard: object) -> str:
    if heard is not None:
        return f"{name} heard {shorten(heard)}."
    if name == "Ana":
        return f"did not hear it herself. {EACH}, the sender's too."
    return f"{name} did not hear it. {EACH}."


async def _same_order(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with join(driven) as ana, join(driven) as budi:
        await _holds(writers, 2)
        for number in range(5):
            await ana.send(f"Ana {number}")
            await budi.send(f"Budi {number}")
        first, second = [[await next_of(client) for _ in range(10)] for client in (ana, budi)]
    return "" if first == second else f"Ana heard {first}, and Budi heard {second}. {EACH}."


async def _waits_for_nobody(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with join(driven) as ana, join(driven) as budi, join(driven) as citra:
        await _holds(writers, 3)
        citra.transport.pause_reading()
        for writer in writers:
            writer.transport.set_write_buffer_limits(high=0)
            writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, LITTLE)
        sent = 0
        for text in (MUCH, MUCH, SAID):  # Windows takes the first one whole, whatever its length
            await ana.send(text)
            sent += 1
            if (heard := await next_of(budi)) != text:
                break
        citra.transport.resume_reading()
        # A loop that waits goes on now: nobody leaves before it has ended.
        for client, more in ((citra, sent), (ana, sent), (budi, int(heard != text))):
            for _ in range(more):
                await next_of(client)
    if heard == SAID:
        return ""
    return (
        "Citra did not read what she got, so Budi did not hear all that Ana said. Write to each"
        " writer, and do not wait for it: no await other.drain()."
    )


async def _no_bytes(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with join(driven) as ana:
        await ana.send("")
        heard = None
        with suppress(ConnectionClosed):
            heard = await next_of(ana)
        if heard != "":
            return "Ana sent an empty text, and did not hear it. Only None ends the loop."
        await ana.send(b"\x00\xff")
        await ana.send(SAID)
        if (heard := await next_of(ana)) != SAID:
            told = _misheard("Ana", heard)
            return f"Ana sent two bytes, then “{SAID}”, and {told} Pass over a binary message."
    return ""


async def _forgets(driven: Driven, *, writers: set[StreamWriter]) -> str:
    async with join(driven) as ana:
        async with join(driven) as budi:
            await echoed(budi, "I am here")
            await ana.recv()
        (await join(driven)).transport.abort()
        mistake = await echoed(ana, "Who is here?")
    await driven.ended()
    if writers:
        left = show.count(len(writers), "writer")
        return f"All have left, but the set still holds {left}: discard each one."
    return mistake


async def _holds(writers: set[StreamWriter], number: int) -> bool:
    """Say whether so many clients are in the set soon: a client is connected before its turn."""
    with suppress(TimeoutError):
        async with asyncio.timeout(step6_serve.QUIET_AFTER):
            while len(writers) < number:
                await asyncio.sleep(0)
    return len(writers) == number


STEP = ServerStep(everybody, check)
