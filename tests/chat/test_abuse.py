"""A chat server in a process of its own, abused: after each case two good clients still talk."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import psutil

from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.wire.frames import Frame

SERVER = """
import asyncio, sys
from chatlib.chat.server import ChatServer

async def main():
    async with await ChatServer.start(open_timeout=2) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
HEAD = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = "Sec-WebSocket-Version: 13\r\n"
GROWS = 30 * 2**20  # bytes that the process may grow by, all cases together
SECONDS = 20  # for anything on a slow machine

# What comes in place of an opening handshake.
HANDSHAKES = {
    "nothing": b"",
    "no HTTP": os.urandom(4096),
    "a TLS hello": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "an endless line": b"GET /" + b"a" * 200_000,
    "endless headers": HEAD.encode() + b"X: y\r\n" * 20_000,
    "a wrong version": f"{HEAD}{KEY}Sec-WebSocket-Version: 99\r\n\r\n".encode(),
    "no key": f"{HEAD}{VERSION}\r\n".encode(),
    "two keys": f"{HEAD}{KEY}{KEY}{VERSION}\r\n".encode(),
    "a NUL": f"{HEAD}X: \0\r\n{KEY}{VERSION}\r\n".encode(),
    "a POST": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nxxx",
    "another site": f"{HEAD}{KEY}{VERSION}Origin: https://evil.example\r\n\r\n".encode(),
}
MASK = bytes(4)
JOIN = Frame(1, b'{"type":"join","name":"Eve"}', masking_key=MASK).encode()
# What comes on an open connection.
FRAMES = {
    "a reserved bit": b"\xf1\x80" + MASK,
    "an unknown opcode": b"\x83\x80" + MASK,
    "no mask": b"\x81\x02hi",
    "a fragmented ping": b"\x09\x80" + MASK,
    "a long ping": b"\x89\xfe\x00\x7e" + MASK + bytes(126),
    "a continuation of nothing": b"\x80\x80" + MASK,
    "a close of one byte": b"\x88\x81" + MASK + b"\x03",
    "a close code that may not travel": b"\x88\x82" + MASK + struct.pack("!H", 1006),
    "bad UTF-8": b"\x81\x81" + MASK + b"\xff",
    "a length of 2^63": b"\x82\xff" + b"\x80" + bytes(7) + MASK,
    "half a frame": b"\x82\xfe\xff\xff" + MASK + b"x",
    "a message that is too long": Frame(1, b"x" * 70_000, masking_key=MASK).encode(),
    "ten thousand fragments": b"\x01\x80" + MASK + (b"\x00\x80" + MASK) * 10_000,
    "ten thousand pings": JOIN + (b"\x89\x80" + MASK) * 10_000,
    "a flood": JOIN + Frame(1, b'{"type":"say","text":"x"}', masking_key=MASK).encode() * 3000,
    "no JSON": JOIN + Frame(1, b"{" * 9000, masking_key=MASK).encode(),
    "binary": JOIN + Frame(2, os.urandom(9000), masking_key=MASK).encode(),
}

Case = Callable[[int], Awaitable[None]]


async def send(port: int, data: bytes, *, opened: bool) -> None:
    """Send bytes on a connection of its own, read what comes for a moment, and reset it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(OSError, TimeoutError):
        if opened:
            writer.write(f"{HEAD}{KEY}{VERSION}\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        async with asyncio.timeout(0.2):
            while await reader.read(65_536):
                pass
    reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without a FIN."""
    linger = struct.pack("ii", 1, 0)
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def slow_lorises(port: int) -> None:
    """Open a hundred connections that never finish their handshake."""
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(100)]
    for writer in writers:
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        await asyncio.sleep(0)
    for writer in writers:
        reset(writer)


async def churn(port: int) -> None:
    """Join and break off, three hundred times."""

    async def come_and_go(number: int) -> None:
        with suppress(Exception):
            client = await ChatClient.connect(f"ws://127.0.0.1:{port}", f"guest {number}")
            client.connection.transport.abort()

    for first in range(0, 300, 30):
        await asyncio.gather(*map(come_and_go, range(first, first + 30)))


async def deaf(port: int) -> None:
    """Join and read nothing, while a lot is said."""
    client = await ChatClient.connect(f"ws://127.0.0.1:{port}", "deaf")
    client.connection.transport.pause_reading()
    talker = await ChatClient.connect(f"ws://127.0.0.1:{port}", "talker")
    for _ in range(400):
        await talker.say("x" * 4000)
    client.connection.transport.abort()
    await talker.close()


OTHERS: dict[str, Case] = {"slow lorises": slow_lorises, "churn": churn, "deaf": deaf}


def cases() -> dict[str, Case]:
    def sends(data: bytes, *, opened: bool) -> Case:
        return lambda port: send(port, data, opened=opened)

    return {
        **{f"handshake: {name}": sends(data, opened=False) for name, data in HANDSHAKES.items()},
        **{f"frames: {name}": sends(data, opened=True) for name, data in FRAMES.items()},
        **OTHERS,
    }


@asynccontextmanager
async def running() -> AsyncIterator[tuple[int, psutil.Process]]:
    """Run the server; it ends when its standard input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        port = int(await asyncio.to_thread(process.stdout.readline))
        yield port, psutil.Process(process.pid)
        process.stdin.close()
        assert await asyncio.to_thread(process.wait, SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


class Pair:
    """Two clients that mean well."""

    def __init__(self, ana: ChatClient, budi: ChatClient) -> None:
        self.clients = (ana, budi)
        self._numbers = count(1)

    async def talk(self) -> None:
        """Let each say something that the other hears, once."""
        for speaker, hearer in (self.clients, self.clients[::-1]):
            text = f"Can you hear me? {next(self._numbers)}"
            await speaker.say(text)
            heard: list[Any] = []
            async with asyncio.timeout(SECONDS):
                while text not in [each.text for each in heard if isinstance(each, Said)]:
                    heard.append(await hearer.receive())


async def test_two_good_clients_talk_on_whatever_the_others_do():
    names = cases()
    assert len(names) == 31
    async with running() as (port, process):
        url = f"ws://127.0.0.1:{port}"
        ana, budi = await ChatClient.connect(url, "Ana"), await ChatClient.connect(url, "Budi")
        pair = Pair(ana, budi)
        await pair.talk()
        before = process.memory_info().rss
        for name, case in names.items():
            await case(port)
            try:
                await pair.talk()
            except Exception as error:
                raise AssertionError(f"after {name!r} they do not talk any more") from error
        assert process.memory_info().rss - before < GROWS
        for client in pair.clients:
            await client.close()
