"""How fast one server tells a room: the chat of this course, `websockets.broadcast`, Node's `ws`.

"one write each" is no chat: it writes a finished frame to every connection and checks nothing. Who
tells one text to all by the transports of asyncio needs at least that; to join several saves more.

    .venv/bin/python benchmarks/fan_out.py [members ...]

Each server is a process of its own with one room, 30, 300 and 1,000 members when nothing is said.
One member says a text, or eight in one TCP segment; all get it, about 115 bytes each. The members
are plain sockets that only count, in another process: when the server is not busy all of the
time, they are the bottleneck of what is delivered in a second, and the processor time of the
server's process tells more. The servers take turns in one run. Without compression everywhere.
Node is left out where it is not installed, or its `ws` is not.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import psutil
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

if sys.platform != "win32":
    import resource

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib.chat.server import ChatServer
from chatlib.chat.validation import Limits
from chatlib.kernel.node import find_node
from chatlib.kernel.program import CannotStart

SIZES = (30, 300, 1000)
BURSTS = (1, 8)
TURNS = 5  # in which each server is measured
DELIVERIES = 60_000  # of one server in one turn, about
MARK = "~"  # stands in each text once, so that members can count without reading frames
TEXT = MARK + "x" * 39
LIMITS = Limits(burst=10**9, rate=1e9, queue=2**28)
NODE = """
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket) => socket.on("message", (data) => {
  for (const client of server.clients) client.send(data, { binary: false });
}));
server.on("listening", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
"""
NODE_FOLDER = Path(__file__).parents[1] / "notebooks" / "node"


async def serve_chat() -> None:
    """Serve the course's chat until the input ends."""
    async with await ChatServer.start(limits=LIMITS, connections=5000, members=5000) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def write_to_each(members: Iterable[ServerConnection], text: str) -> None:
    """Write one finished frame to each connection."""
    frame = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    for member in members:
        member.transport.write(frame)


async def serve_plain(tell: Callable[[Iterable[ServerConnection], str], None]) -> None:
    """Serve a plain chat until the input ends; `tell` passes a text on to all."""
    members: set[ServerConnection] = set()

    async def room(connection: ServerConnection) -> None:
        members.add(connection)
        with suppress(ConnectionClosed):  # members go without a word
            async for text in connection:
                tell(members, text)

    async with serve(room, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


PLAIN = {"broadcast": broadcast, "one write each": write_to_each}


@contextmanager
def running(name: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run a server; yield its port and its process."""
    command = [sys.executable, __file__, "serve", name]
    if name == "Node's ws":
        command = [find_node().program, "-e", NODE]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=NODE_FOLDER
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise CannotStart(f"{name} did not start.")
        yield int(line), psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


class Room:
    """Members as plain sockets, of one server."""

    def __init__(self, name: str, port: int, members: int) -> None:
        """Connect them, and let them join where there is something to join."""
        self.chat = name == "this course"
        self.sockets = [self._connect(port) for _ in range(members)]
        if self.chat:
            for number, each in enumerate(self.sockets):
                each.sendall(self._frame(json.dumps({"type": "join", "name": f"P{number}"})))
        self.selector = selectors.DefaultSelector()
        for each in self.sockets:
            each.setblocking(False)
            self.selector.register(each, selectors.EVENT_READ)
        while self._read(timeout=0.5) is not None:
            pass
        text = json.dumps({"type": "say", "text": TEXT}) if self.chat else TEXT.ljust(112, "y")
        self.frame = self._frame(text)

    def tell(self, burst: int) -> None:
        """Let one member say so many texts, and wait until all have all of them."""
        self.sockets[0].setblocking(True)
        self.sockets[0].sendall(self.frame * burst)
        self.sockets[0].setblocking(False)
        wanted = burst * len(self.sockets)
        while wanted:
            heard = self._read(timeout=5.0)
            assert heard is not None, "a text did not arrive"
            wanted -= heard

    def _read(self, timeout: float) -> int | None:
        """Return how many texts have come; None if nothing comes in time."""
        ready = self.selector.select(timeout)
        if not ready:
            return None
        chunks = (cast(socket.socket, key.fileobj).recv(1 << 20) for key, _ in ready)
        return sum(chunk.count(MARK.encode()) for chunk in chunks)

    def _connect(self, port: int) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        return connection

    def _frame(self, text: str) -> bytes:
        return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


def measure(members: int, burst: int, names: list[str]) -> None:
    """Measure the servers in turns, and print a row for each."""
    cpu: dict[str, list[float]] = {name: [] for name in names}
    rate: dict[str, list[float]] = {name: [] for name in names}
    rounds = max(1, DELIVERIES // (members * burst))
    for _ in range(TURNS):
        for name in names:
            with running(name) as (port, process):
                room = Room(name, port, members)
                before, began = sum(process.cpu_times()[:2]), time.perf_counter()
                for _ in range(rounds):
                    room.tell(burst)
                took = time.perf_counter() - began
                used = sum(process.cpu_times()[:2]) - before
                deliveries = rounds * burst * members
                cpu[name].append(used / deliveries * 1e6)
                rate[name].append(deliveries / took)
                for each in room.sockets:
                    each.close()
    base_cpu = statistics.median(cpu["broadcast"])
    base_rate = statistics.median(rate["broadcast"])
    for name in names:
        used, delivered = statistics.median(cpu[name]), statistics.median(rate[name])
        print(
            f"{members:>6,} members, {burst} at once  {name:<14} {used:6.2f} µs a delivery"
            f" ({base_cpu / used:4.1f} times)  {delivered:>9,.0f} a second"
            f" ({delivered / base_rate:4.1f} times)",
            flush=True,
        )


def main() -> None:
    """Measure, and print."""
    if sys.platform != "win32":  # which has no such limit
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = ["this course", *PLAIN]
    try:
        find_node()
        with running("Node's ws"):
            names.append("Node's ws")
    except CannotStart as missing:
        print(missing)
    for members in [int(word) for word in sys.argv[1:]] or SIZES:
        for burst in BURSTS:
            measure(members, burst, names)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        tell = PLAIN.get(sys.argv[2])
        asyncio.run(serve_plain(tell) if tell else serve_chat())
    else:
        main()
