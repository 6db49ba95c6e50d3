"""Wrong servers, and what the learner is told."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from chatlib.chapters.build_a_server import drive
from chatlib.chapters.build_a_server.step2_handshake import handshake
from chatlib.chapters.build_a_server.step3_read_frame import CLOSE, PING, PONG, TEXT, read_frame
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.chapters.build_a_server.step5_receive import receive
from chatlib.chapters.build_a_server.step6_serve import Talk
from chatlib.chapters.build_a_server.step6_serve import serve as given_serve
from chatlib.chapters.build_a_server.steps import check_step
from tests.chapters.build_a_server.told import echo, told
from tests.conftest import reset


def serves(
    *,
    shakes: bool = True,
    looks: bool = True,
    utf8: int = 1007,
    broken: int | None = 1002,
    gone: type[Exception] = asyncio.IncompleteReadError,
    closes: bool = True,
    order: str = "big",
    own_echo: bool = False,
) -> Callable[..., Any]:
    """Return a `serve` that is right but for what is named."""

    async def serve(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
        try:
            if not shakes or await handshake(reader, writer) or not looks:
                await (echo if own_echo else talk)(reader, writer)
        except UnicodeDecodeError:
            writer.write(frame(CLOSE, utf8.to_bytes(2, order)))
        except ValueError:
            if broken is not None:
                writer.write(frame(CLOSE, broken.to_bytes(2, order)))
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
        (
            serves(own_echo=True),
            "another talk: This check gave your server another talk, which says",
        ),
        (serves(shakes=False), "text, emoji and 70,000 bytes come back: "),
    ],
)
async def test_wrong_servers(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "serve", talk=echo)


async def test_a_server_that_talks_on_after_a_refusal_is_found():
    feedback = await told(serves(looks=False), "serve", talk=echo)
    assert feedback == (
        "a plain HTTP request is refused, and TCP ends: Your server refused this request, and "
        "called talk all the same. Call it only if handshake returned True."
    )


async def test_a_refusal_with_a_body_is_no_talk():
    async def explains(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
        try:
            if await handshake(reader, writer):
                await talk(reader, writer)
            else:
                writer.write(b"Use a WebSocket client.")
        except UnicodeDecodeError:
            writer.write(frame(CLOSE, b"\x03\xef"))
        except ValueError:
            writer.write(frame(CLOSE, b"\x03\xea"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    explains.__name__ = "serve"
    report = await check_step(explains, talk=echo)
    assert report.passed, str(report)


async def test_a_server_that_does_not_wait_for_talk():
    async def hurries(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
        await handshake(reader, writer)
        task = asyncio.ensure_future(talk(reader, writer))
        writer.close()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await task

    feedback = await told(hurries, "serve", talk=echo)
    assert "Your server ended TCP without a close frame, while a client waited" in feedback


async def test_a_talk_that_forgets_the_close_frame():
    async def rude(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            fin, opcode, payload = await read_frame(reader)
            if opcode == CLOSE:
                return
            writer.write(frame(PONG if opcode == PING else opcode, payload))

    feedback = await told(serves(), "serve", talk=rude)
    assert "sent a close frame with 1000, and reports 1006: your server must answer" in feedback


async def test_a_talk_that_answers_a_ping_with_a_ping(impatient: None):
    async def table_tennis(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            fin, opcode, payload = await read_frame(reader)
            if opcode != PONG:
                writer.write(frame(opcode, payload))
            if opcode == CLOSE:
                return

    feedback = await told(serves(), "serve", talk=table_tennis)
    assert feedback.startswith(
        "a ping gets its pong (RFC 6455 §5.5.2): A client waited 1 seconds for an answer, and none "
        "came. Meanwhile your code waited"
    )
    assert "it still waits, in read_frame" not in feedback  # the given function is not theirs
    assert "in table_tennis, line" in feedback


async def test_a_talk_that_masks_its_own_frames():
    async def masked(reader: StreamReader, writer: StreamWriter) -> None:
        while await receive(reader, writer) is not None:
            writer.write(b"\x81\x84\x00\x00\x00\x00Halo")

    feedback = await told(serves(), "serve", talk=masked)
    assert "incorrect masking" in feedback


async def test_a_talk_that_changes_what_it_sends_back():
    async def shout(reader: StreamReader, writer: StreamWriter) -> None:
        while (message := await receive(reader, writer)) is not None:
            writer.write(frame(TEXT, str(message).upper().encode()))

    feedback = await told(serves(), "serve", talk=shout)
    assert "Sent: 'Halo'. Came back: 'HALO'." in feedback


async def test_a_server_for_one_client_at_a_time(impatient: None):
    lock = asyncio.Lock()

    async def one_by_one(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
        async with lock:
            await given_serve(reader, writer, talk)

    feedback = await told(one_by_one, "serve", talk=echo)
    assert feedback.startswith("two clients at once: ")


async def test_a_server_that_ends_tcp_instead_of_refusing():
    async def slams(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
        data = await reader.readuntil(b"\r\n\r\n")
        if b"websocket" not in data:
            writer.close()
            return
        again = asyncio.StreamReader()
        again.feed_data(data)
        await handshake(again, writer)
        with suppress(asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()

    feedback = await told(slams, "serve", talk=echo)
    assert "Your server ended TCP before its answer was complete." in feedback


async def test_a_reset_connection_is_no_error_of_a_right_server():
    async def resets(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        reset(writer)

    async with drive.Driven(partial(given_serve, talk=echo), given_serve) as driven:
        await resets(driven.port)
        await driven.ended()
        assert driven.trouble() == ""
