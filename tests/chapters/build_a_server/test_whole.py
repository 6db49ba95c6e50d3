"""Plausible wrong servers for the last two steps, and what the learner is told."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from chatlib.chapters.build_a_server import drive, given, whole
from chatlib.chapters.build_a_server.check import check_step
from chatlib.kernel.tap import reset
from tests.chapters.build_a_server.test_given import echo


async def told(function: Callable[..., Any], name: str, **parts: Any) -> str:
    """Check a wrong function under the name of its step, and return what is said about it."""
    function.__name__ = name
    report = await check_step(function, **parts)
    assert not report.passed
    assert all(finding.right for finding in report.findings[:-1])
    return f"{report.findings[-1].name}: {report.findings[-1].feedback}"


@pytest.fixture(autouse=True)
async def nothing_is_left_behind():
    tasks = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early where a server hangs on purpose."""
    monkeypatch.setattr(drive, "PATIENCE", 1.0)
    monkeypatch.setattr(whole, "QUIET_AFTER", 0.2)


def serves(
    *,
    shakes: bool = True,
    looks: bool = True,
    utf8: int = 1007,
    broken: int | None = 1002,
    gone: type[Exception] = asyncio.IncompleteReadError,
    closes: bool = True,
    order: str = "big",
) -> Callable[..., Any]:
    """Return a `serve` that is right but for what is named."""

    async def serve(reader: StreamReader, writer: StreamWriter, talk: given.Talk) -> None:
        try:
            if not shakes or await given.handshake(reader, writer) or not looks:
                await talk(reader, writer)
        except UnicodeDecodeError:
            writer.write(given.frame(given.CLOSE, utf8.to_bytes(2, order)))
        except ValueError:
            if broken is not None:
                writer.write(given.frame(given.CLOSE, broken.to_bytes(2, order)))
        except (gone, ConnectionError):
            pass
        finally:
            if closes:
                writer.close()

    return serve


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (serves(broken=1011), "Your server closed with 1011. 1002 was expected"),
        (serves(broken=None), "sent no close frame. 1002 was expected"),
        (serves(utf8=1002), "not UTF-8: Your server closed with 1002. 1007 was expected"),
        (serves(order="little"), "Your server closed with 59907. 1002"),
        (serves(gone=BrokenPipeError), "vanishes inside of a frame: Your code raised Incomplete"),
        (serves(closes=False), "left TCP open after the close frames"),
        (serves(shakes=False), "text, emoji and 70,000 bytes come back: "),
    ],
)
async def test_wrong_servers(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "serve", talk=echo)


async def test_a_server_that_talks_on_after_a_refusal_is_found(impatient: None):
    feedback = await told(serves(looks=False), "serve", talk=echo)
    assert feedback.startswith("a plain HTTP request is refused, and TCP ends: Your server left")


async def test_a_talk_that_forgets_the_close_frame():
    async def rude(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            fin, opcode, payload = await given.read_frame(reader)
            if opcode == given.CLOSE:
                return
            writer.write(given.frame(given.PONG if opcode == given.PING else opcode, payload))

    feedback = await told(serves(), "serve", talk=rude)
    assert "sent a close frame with 1000, and reports 1006: your server must answer" in feedback


async def test_a_talk_that_answers_a_ping_with_a_ping(impatient: None):
    async def table_tennis(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            fin, opcode, payload = await given.read_frame(reader)
            if opcode != given.PONG:
                writer.write(given.frame(opcode, payload))
            if opcode == given.CLOSE:
                return

    feedback = await told(serves(), "serve", talk=table_tennis)
    assert feedback.startswith("a ping gets its pong (RFC 6455 §5.5.2): Your code was not ready")
    assert "it still waits, in read_frame" not in feedback  # the given function is not theirs
    assert "in table_tennis, line" in feedback


async def test_a_talk_that_masks_its_own_frames():
    async def masked(reader: StreamReader, writer: StreamWriter) -> None:
        while await given.receive(reader, writer) is not None:
            writer.write(b"\x81\x84\x00\x00\x00\x00Halo")

    feedback = await told(serves(), "serve", talk=masked)
    assert "incorrect masking" in feedback


async def test_a_talk_that_changes_what_it_sends_back():
    async def shout(reader: StreamReader, writer: StreamWriter) -> None:
        while (message := await given.receive(reader, writer)) is not None:
            writer.write(given.frame(given.TEXT, str(message).upper().encode()))

    feedback = await told(serves(), "serve", talk=shout)
    assert "Sent: 'Halo'. Came back: 'HALO'." in feedback


async def test_a_server_for_one_client_at_a_time(impatient: None):
    lock = asyncio.Lock()

    async def one_by_one(reader: StreamReader, writer: StreamWriter, talk: given.Talk) -> None:
        async with lock:
            await given.serve(reader, writer, talk)

    feedback = await told(one_by_one, "serve", talk=echo)
    assert feedback.startswith("two clients at once: ")


async def test_a_server_that_ends_tcp_instead_of_refusing():
    async def slams(reader: StreamReader, writer: StreamWriter, talk: given.Talk) -> None:
        data = await reader.readuntil(b"\r\n\r\n")
        if b"websocket" not in data:
            writer.close()
            return
        again = asyncio.StreamReader()
        again.feed_data(data)
        await given.handshake(again, writer)
        with suppress(asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()

    feedback = await told(slams, "serve", talk=echo)
    assert "Your server ended TCP before its answer was complete." in feedback


# Step 7


def passes_on(
    *, to_itself: bool = True, adds: bool = True, discards: bool = True, finally_: bool = True
) -> Callable[..., Any]:
    """Return an `everybody` that is right but for what is named."""

    async def everybody(
        reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]
    ) -> None:
        if adds:
            writers.add(writer)
        left = False
        try:
            while (message := await given.receive(reader, writer)) is not None:
                for other in writers:
                    if to_itself or other is not writer:
                        other.write(given.frame(given.TEXT, str(message).encode()))
            left = True
        finally:
            if discards and (left or finally_):
                writers.discard(writer)

    return everybody


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (passes_on(to_itself=False), "one speaks, three hear it: Your code was not ready"),
        (passes_on(adds=False), "one speaks, three hear it: Your code was not ready"),
        (passes_on(discards=False), "the set still holds 3 writers: discard each one"),
        (passes_on(finally_=False), "the set still holds 1 writer: discard each one"),
    ],
)
async def test_wrong_ways_to_pass_on(wrong: Callable[..., Any], says: str, impatient: None):
    feedback = await told(wrong, "everybody", serve=given.serve)
    assert says in feedback


async def test_an_order_of_ones_own_is_found():
    async def own_first(
        reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]
    ) -> None:
        writers.add(writer)
        try:
            while (message := await given.receive(reader, writer)) is not None:
                data = given.frame(given.TEXT, str(message).encode())
                writer.write(data)
                await asyncio.sleep(0.02)
                for other in writers - {writer}:
                    other.write(data)
        finally:
            writers.discard(writer)

    feedback = await told(own_first, "everybody", serve=given.serve)
    assert "everybody hears the same order: Ana heard ['Ana 0'" in feedback


async def test_a_reset_connection_is_no_error_of_a_right_server():
    async def resets(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        reset(writer)

    async with drive.Driven(partial(given.serve, talk=echo), given.serve) as driven:
        await resets(driven.port)
        await driven.ended()
        assert driven.trouble() == ""
