"""Record what the notebooks show without a live run, in `notebooks/captures/`.

    python -m tools.record_captures

The server and the clients are real. What is random (keys, masking keys, identifiers) comes from a
fixed seed, so a new recording differs in its times and ports only.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from chatlib import Frame, Lab, Trace
from chatlib.chapters.webrtc import recorded
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import compare_channels, compare_outage
from chatlib.chapters.webrtc.recorded import Session
from chatlib.chapters.webrtc.who_talks import who_talks
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Left, Message, Said
from chatlib.kernel.causes import came_from
from chatlib.kernel.tap import WireTap
from chatlib.wire.trace import save_traces

CAPTURES = Path(__file__).parents[1] / "notebooks" / "captures"
PEERS = CAPTURES.parent / "11_webrtc.ipynb"
AIORTC = "from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription"
SEED = 6455
NOON = 1_700_042_400.0  # seconds since 1970: the chat's clock stands still
KEY = bytes.fromhex("37fa213d")  # the masking key of RFC 6455 §5.7
REQUEST = (
    "GET / HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
)
connect = partial(websockets.connect, compression=None, ping_interval=None, proxy=None)
# Who is connected to `pass_on`.
_members: set[ServerConnection] = set()
Story = Callable[[Lab], Awaitable[list[Trace]]]


async def start_here(lab: Lab) -> list[Trace]:
    """Ana says something, and Budi hears it."""
    ana, budi = await lab.connect("Ana"), await lab.connect("Budi")
    await ana.say("Hello from Ana!")
    await hear(ana, Said)
    await ana.close()
    await hear(budi, Left)
    await budi.close()
    return lab.traces


async def opening_handshake(lab: Lab) -> list[Trace]:
    """A handshake that is accepted, and two that are refused."""
    ana = await lab.connect("Ana")
    await ana.close()
    key_line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    await ask(lab.tap, f"{REQUEST}\r\n".replace(key_line, "").encode())
    await ask(lab.tap, f"{REQUEST}Origin: https://evil.example\r\n\r\n".encode())
    return named(lab.traces, "Ana", "no key", "other site")


async def open_connection(lab: Lab) -> list[Trace]:
    """Frames of each kind, a payload of 200 bytes, a ping and its pong."""
    service = await lab.serve(echo)
    async with connect(service.url) as ana:
        for message in ("Hello", bytes(range(16)), "é" * 100):
            await ana.send(message)
            await ana.recv()
        answered = await ana.ping(b"Are you there?")
        await answered
    return named(service.traces, "Ana")


async def full_duplex(lab: Lab) -> list[Trace]:
    """Prices that nobody asked for; one comes between two fragments of the client's message."""
    begun = asyncio.Event()

    async def ticker(connection: ServerConnection) -> None:
        await connection.send("price 101")
        await begun.wait()
        await connection.send("price 99")
        for _ in range(2):
            await connection.recv()
        await connection.send("price 102")

    async def story(connection: ClientConnection) -> AsyncIterator[str]:
        yield "Once upon a time, "
        answered = await connection.ping(b"?")
        await answered
        begun.set()
        await connection.recv()
        yield "there was a server."

    service = await lab.serve(ticker)
    async with connect(service.url) as ana:
        await ana.recv()
        await ana.send(["Terima ", "kasih"])
        await ana.send(story(ana))
        await ana.recv()
        await ana.wait_closed()
    return named(service.traces, "Ana")


async def closing(lab: Lab) -> list[Trace]:
    """Five ends: by the client, by the server, without a code, after an error, in silence."""
    service = await lab.serve(echo)
    async with connect(service.url) as ana:
        await ana.close(1000, "see you tomorrow")
    budi = await connect(service.url)
    for connection in service.server.connections:
        await connection.close(1001, "the server is stopping")
    await budi.wait_closed()
    for frame in (Frame(8, masking_key=KEY), Frame(1, b"Hello")):
        await ask(service.tap, f"{REQUEST}\r\n".encode(), frame.encode())
    lost = await connect(service.url)
    lost.transport.abort()
    await service.tap.idle()
    return named(service.traces, "1000 client", "1001 server", "1005", "1002 error", "1006")


STORIES: dict[str, Story] = {
    "00_start_here": start_here,
    "01_opening_handshake": opening_handshake,
    "02_open_connection": open_connection,
    "03_full_duplex": full_duplex,
    "04_closing": closing,
}


async def echo(connection: ServerConnection) -> None:
    """Send each message back."""
    with suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


async def hear(client: ChatClient, kind: type[Message]) -> None:
    """Receive until a message of this kind comes."""
    while not isinstance(await client.receive(), kind):
        pass


async def ask(tap: WireTap, request: bytes, frame: bytes = b"") -> None:
    """Send a request by hand, then a frame; read what comes until the server ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame)
    await reader.read()
    writer.close()
    await writer.wait_closed()


def named(traces: list[Trace], *names: str) -> list[Trace]:
    """Name the connections."""
    for trace, name in zip(traces, names, strict=True):
        trace.name = name
    return traces


async def record(story: Story) -> str:
    """Play a story and return its connections as they are saved."""
    with patch("secrets.token_bytes", random.Random(SEED).randbytes):
        async with await Lab.start() as lab:
            lab.server._rooms.now = lambda: NOON
            came_from("the program that recorded this")
            traces = await story(lab)
    # The lab has stopped: every connection is recorded to its end.
    return save_traces(traces)


async def webrtc() -> None:
    """Record the peers of notebook 11, and each channel on a bad network; needs Linux."""
    cells = {cell.id: cell.source for cell in nbformat.read(PEERS, as_version=4).cells}
    names: dict[str, Any] = {"__name__": "notebook"}
    async with await Lab.start() as lab:
        datagrams = Datagrams.watch(lab)
        exec(f"import asyncio, json\n{AIORTC}\n{cells['describe']}", names)
        exec(f"{cells['ana-calls']}\n{cells['budi-answers']}", names)
        service = await lab.serve(pass_on)
        async with connect(service.url) as ana_ws, connect(service.url) as budi_ws:
            calling = names["call"](ana_ws), names["answer"](budi_ws)
            (ana, to_budi), (budi, to_ana) = await asyncio.gather(*calling)
        await service.stop()
        heard: asyncio.Queue[str] = asyncio.Queue()
        to_ana.on("message", heard.put_nowait)
        to_budi.send("Halo")
        await heard.get()
        recorded.record(
            Session(
                offer=ana.localDescription.sdp,
                talk=who_talks(datagrams, service, Ana=ana, Budi=budi),
                loss=await compare_channels(datagrams),
                outage=await compare_outage(datagrams),
            )
        )


async def pass_on(connection: ServerConnection) -> None:
    """Pass each message on to the others."""
    _members.add(connection)
    async for message in connection:
        websockets.broadcast(_members - {connection}, message)


def main() -> None:
    """Write one file for each notebook that has a story, and the recording of the peers."""
    CAPTURES.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        file = CAPTURES / f"{name}.json"
        file.write_text(asyncio.run(record(story)), encoding="utf-8")
        print(f"{file.name}: {file.stat().st_size:,} bytes")
    asyncio.run(webrtc())
    print(f"{recorded.FILE.name}: {recorded.FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
