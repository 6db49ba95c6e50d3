"""Nothing hangs: handlers, functions, programs and peers without an end, wherever one waits.

Each case asserts a bound in seconds, on the clock, and that what did not end is named.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from chatlib import Lab
from chatlib.chapters.build_a_server import drive
from chatlib.chapters.build_a_server.step6_serve import serve as given_serve
from chatlib.chapters.build_a_server.steps import check_step
from chatlib.chapters.build_a_server.stream_server import StreamServer, listen
from chatlib.chapters.one_room.participants import run_program
from chatlib.chapters.one_room.program_panel import ProgramPanel
from chatlib.chapters.why_websocket.delay import DelayRelay
from chatlib.chat.client import ChatClient
from chatlib.kernel import watchdog
from chatlib.kernel.ending import STOP_SECONDS
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import GRACE, KILLED_WITHIN, Program
from chatlib.kernel.servers import STOP_ALL_SECONDS
from chatlib.kernel.service import Service

SLACK = 5.0  # seconds that a busy machine may take in addition
PATIENCE = 1.0  # as short as the tests make it


@pytest.fixture(autouse=True)
async def said(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Collect what the loop is told; no port, task or process is left."""
    monkeypatch.setattr(watchdog, "PATIENCE", PATIENCE)
    monkeypatch.setattr(drive, "PATIENCE", PATIENCE)
    told: list[str] = []
    loop, tasks = asyncio.get_running_loop(), asyncio.all_tasks()
    loop.set_exception_handler(lambda _, it: told.append(f"{it['message']} {it.get('exception')}"))
    ports, processes = listening(), set(psutil.Process().children())
    async with asyncio.timeout(60):
        yield told
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()
    assert (listening(), set(psutil.Process().children())) == (ports, processes)


def listening() -> set[int]:
    sockets = psutil.Process().net_connections("tcp")
    return {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds + SLACK


# Handlers of `lab.serve`. Each says first that it was reached.


async def sleeps(connection: ServerConnection) -> None:
    await connection.send("here")
    await asyncio.sleep(3600)


async def swallows(connection: ServerConnection) -> None:
    await connection.send("here")
    while True:
        try:
            await asyncio.sleep(3600)
        except:
            pass


async def swallows_in_a_thread(connection: ServerConnection) -> None:
    await connection.send("here")
    while True:
        with suppress(BaseException):
            await asyncio.to_thread(time.sleep, 0.2)


async def reads_on_after_the_end(connection: ServerConnection) -> None:
    await connection.send("here")
    while True:
        try:
            await connection.recv()
        except:  # recv() raises at once from now on: nothing is ever awaited
            continue


HANDLERS = [sleeps, swallows, swallows_in_a_thread, reads_on_after_the_end]


@pytest.mark.parametrize("again", ["lab.stop", "lab.serve"])
async def test_handlers(again: str, said: list[str]):
    async with await Lab.start() as lab:
        clients = [await connect((await lab.serve(handler)).url) for handler in HANDLERS]
        for client in clients:
            assert await client.recv() == "here"
        with within(PATIENCE + STOP_SECONDS):
            if again == "lab.stop":
                await lab.stop()
            else:
                await asyncio.gather(*(lab.serve(handler) for handler in HANDLERS))
        for handler in (swallows, swallows_in_a_thread):
            named = f"{handler.__name__} did not end within 2 seconds. It stands in"
            assert any(one.startswith(named) and "“await" in one for one in said)
        for client in clients:
            await client.close()


async def swallows_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"here")
    while True:
        try:
            await reader.readexactly(100)
        except:
            await asyncio.sleep(0)


async def sleeps_on_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"here")
    await asyncio.sleep(3600)


HANDLERS_OF_BYTES = {"swallows": swallows_bytes, "sleeps": sleeps_on_bytes}


@pytest.mark.parametrize("again", ["lab.stop", "listen"])
async def test_handlers_of_bytes(again: str, said: list[str]):
    async with await Lab.start() as lab:
        writers = []
        for name, handler in HANDLERS_OF_BYTES.items():
            tap = await listen(lab, handler, name=name)
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
            assert await reader.readexactly(4) == b"here"
            writers.append(writer)
        with within(STOP_SECONDS):
            if again == "lab.stop":
                await lab.stop()
            else:
                for name, handler in HANDLERS_OF_BYTES.items():
                    await listen(lab, handler, name=name)
        for writer in writers:
            writer.transport.abort()
        assert any(one.startswith("swallows did not end within 2 seconds") for one in said)
        assert not any(one.startswith("sleeps did not end") for one in said)


async def test_many_handlers_at_once():
    """The stop of a lab is bounded as a whole."""

    def another(number: int) -> Any:
        async def handler(connection: ServerConnection) -> None:
            await swallows(connection)

        handler.__name__ = f"handler_{number}"
        return handler

    async with await Lab.start() as lab:
        clients = [await connect((await lab.serve(another(number))).url) for number in range(8)]
        for client in clients:
            await client.recv()
        with within(STOP_ALL_SECONDS):
            await lab.stop()
        for client in clients:
            await client.close()


async def test_a_handler_that_never_awaits_while_nobody_stops_it(said: list[str]):
    async def counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            pass

    async with await Lab.start() as lab:
        tap = await listen(lab, counts, name="mine")
        with within(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.transport.abort()
        assert any("mine kept everything else waiting" in one and ": “" in one for one in said)


# Functions of the learner's, in `check_step`.


def frame(opcode: int, payload: bytes) -> bytes:
    while True:
        pass


async def read_head(reader: asyncio.StreamReader) -> Any:
    await asyncio.Event().wait()


async def read_frame(reader: asyncio.StreamReader) -> Any:
    while True:
        try:
            await reader.readexactly(10_000)
        except:
            await asyncio.sleep(0)


async def handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
    while True:
        try:
            while True:
                pass
        except:
            pass


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
    data = b""
    while len(data) < 10:  # and forgets to read on
        pass


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, talk: Any) -> None:
    while True:
        await reader.read(100)


async def everybody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, writers: Any):
    time.sleep(3600)  # the mistake


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


@pytest.mark.parametrize(
    ("step", "options", "line"),
    [
        (frame, {}, "in frame, line"),
        (read_head, {}, "“await asyncio.Event().wait()”"),
        (read_frame, {}, "in read_frame, line"),
        (handshake, {}, "in handshake, line"),
        (receive, {}, "in receive, line"),
        (serve, {"talk": _talk}, ""),
        (everybody, {"serve": given_serve}, "“time.sleep(3600)  # the mistake”"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_function_that_is_checked(step: Any, options: Any, line: str):
    with within(PATIENCE + 2 * STOP_SECONDS):
        report = await check_step(step, **options)
    assert line in repr(report.findings)


# Programs.

PROGRAMS = {
    "does not read": "import time\nprint('here')\ntime.sleep(3600)",
    "ignores signals": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('here')\n"
        "while True:\n    time.sleep(3600)"
    ),
    "writes for ever": "print('here')\nwhile True:\n    print('flood')",
}


@pytest.mark.parametrize("again", ["lab.stop", "run_program"])
async def test_programs(again: str):
    async with await Lab.start() as lab:

        def run() -> list[ProgramPanel]:
            return [run_program(lab, sys.executable, "-c", code) for code in PROGRAMS.values()]

        panels = run()
        await asyncio.gather(*(panel.ready() for panel in panels))
        # More than the pipe holds: the thread that types waits inside of it.
        typing = [asyncio.create_task(panel.write("x" * 1_000_000)) for panel in panels]
        await asyncio.sleep(0)
        with within(GRACE + KILLED_WITHIN):
            if again == "lab.stop":
                await lab.stop()
            else:
                await asyncio.gather(*(panel.ready() for panel in run()))
        for panel, written in zip(panels, typing, strict=True):
            with pytest.raises(ConnectionError):
                await written
            assert await panel.ended() != 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions of this kind")
async def test_a_program_whose_child_has_left_and_holds_its_output(said: list[str]):
    child = "import time; time.sleep(3600)"
    code = (
        "import subprocess, sys\n"
        f"run = subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        "print(run.pid)"
    )
    lines: asyncio.Queue[str] = asyncio.Queue()
    program = Program.start(
        KernelLoop.here(), [sys.executable, "-c", code], on_line=lines.put_nowait
    )
    left = psutil.Process(int(await lines.get()))
    with within(GRACE + KILLED_WITHIN):
        await program.stop()
    assert "something still holds its output" in said[0]
    left.kill()
    await program._ended.wait()


# Peers.


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("request_bytes", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_client_that_never_ends_its_handshake(request_bytes: bytes):
    async with await Lab.start() as lab:
        service = await lab.serve(sleeps)
        writers = []
        for port in (lab.server.port, lab.tap.port, service.tap.port, service.tap.target_port):
            writers.append((await asyncio.open_connection("127.0.0.1", port))[1])
            writers[-1].write(request_bytes)
        with within(STOP_SECONDS):
            await lab.stop()
        for writer in writers:
            writer.close()


async def test_a_client_that_never_reads_nor_closes():
    async def talks(connection: ServerConnection) -> None:
        full.set()
        while True:
            await connection.send(b"x" * 100_000)

    full = asyncio.Event()
    async with await Lab.start() as lab:
        service = await lab.serve(talks)
        clients = [await connect(url) for url in (service.url, service.direct_url, lab.url)]
        for client in clients:
            client.transport.pause_reading()
        await full.wait()
        with within(2 * STOP_SECONDS):
            await lab.stop()
        for client in clients:
            client.transport.abort()
            await client.wait_closed()


@pytest.mark.parametrize("relay", ["tap", "delay"])
async def test_a_relay_between_two_that_do_nothing(relay: str):
    server = await StreamServer.start(silent)
    async with await Lab.start() as lab:
        between: Any = (
            await lab.relay(server.port)
            if relay == "tap"
            else await DelayRelay.start(server.port, rtt=3600)
        )
        _, writer = await asyncio.open_connection("127.0.0.1", between.port)
        writer.write(b"on its way")
        with within(STOP_SECONDS):
            await between.stop()
        with within(STOP_SECONDS):
            await server.stop()
        writer.transport.abort()


async def test_a_chat_server_that_shakes_hands_and_then_says_nothing():
    service = await Service.start(lambda connection: connection.wait_closed())
    with within(1), pytest.raises((TimeoutError, ConnectionError)):
        await ChatClient.connect(service.url, "Ana", welcome_timeout=1)
    with within(STOP_SECONDS):
        await service.stop()


async def test_a_chat_server_that_does_not_even_shake_hands():
    server = await StreamServer.start(silent)
    with within(1), pytest.raises((TimeoutError, ConnectionError)):
        await ChatClient.connect(f"ws://127.0.0.1:{server.port}", "Ana", open_timeout=1)
    with within(STOP_SECONDS):
        await server.stop()
