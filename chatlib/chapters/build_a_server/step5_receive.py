"""Step 5: receive a message. The course's function, what is sent to it, and what is said."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from websockets.frames import Opcode

from chatlib.chapters.build_a_server.drive import Findings, Outcome, ServerStep, exchange
from chatlib.chapters.build_a_server.step3_read_frame import (
    BINARY,
    CLOSE,
    CONTINUATION,
    HELLO,
    KEY,
    PING,
    PONG,
    TEXT,
    masked,
    read_frame,
    refused,
)
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.kernel.watchdog import Blocked
from chatlib.questions.report import Finding, shorten
from chatlib.wire import show
from chatlib.wire.frames import Frame, read_header


async def receive(reader: StreamReader, writer: StreamWriter) -> str | bytes | None:
    """Return the next message, and answer the control frames before it (RFC 6455 §5.4, §5.5).

    Returns:
        A text or binary message; None after a close frame, which was answered.

    Raises:
        ValueError: If a frame breaks a rule; UnicodeDecodeError if a text is not UTF-8.
        IncompleteReadError: If the client ends the connection without a close frame.
    """
    kind, whole = CONTINUATION, b""
    while True:
        fin, opcode, payload = await read_frame(reader)
        if opcode == PING:
            writer.write(frame(PONG, payload))
        elif opcode == CLOSE:
            writer.write(frame(CLOSE, payload[:2]))
            return None
        elif opcode in (CONTINUATION, TEXT, BINARY):
            if (opcode == CONTINUATION) != bool(kind):
                raise ValueError("a continuation or a new message in the wrong place")
            kind, whole = kind or opcode, whole + payload
            if fin:
                return whole.decode() if kind == TEXT else whole
        elif opcode != PONG:
            raise ValueError("an opcode without a meaning")


@dataclass(frozen=True, slots=True)
class MessageCase:
    """Frames that are sent to `receive`, which is called once.

    Attributes:
        name: What is special about them.
        frames: The frames.
        wanted: What must be returned; `ValueError` if it must be raised.
        answer: The frame that the client must get meanwhile.
        rule: Where to look.
    """

    name: str
    frames: tuple[Frame, ...]
    wanted: str | bytes | None | type[ValueError]
    rule: str
    answer: Frame | None = None


# What an answer to a control frame must hold.
SAME_PAYLOAD: dict[int, str] = {
    Opcode.PONG: "A pong has the same payload as its ping (RFC 6455 §5.5.3).",
    Opcode.CLOSE: "The close frame has the same code: the first 2 bytes (RFC 6455 §5.5.1).",
}

_TEXT = "Selamat pagi 😀".encode()
_CLOSE = (1001).to_bytes(2, "big")  # not 1000, which a server might send always
_FRAGMENTS = (
    masked(Opcode.TEXT, _TEXT[:15], fin=False),  # cut inside of the 4 bytes of the emoji
    masked(Opcode.CONT, _TEXT[15:]),
)

MESSAGE_CASES = (
    MessageCase(
        "a text", (HELLO,), "Hello", "A text message is a str: .decode() it (RFC 6455 §5.6)."
    ),
    MessageCase(
        "a binary message",
        (masked(Opcode.BINARY, b"\xff\x00"),),
        b"\xff\x00",
        "A binary message is bytes, as they came (RFC 6455 §5.6).",
    ),
    MessageCase(
        "two fragments, cut inside of an emoji",
        _FRAGMENTS,
        _TEXT.decode(),
        "Join the payloads first, up to the frame with FIN, and then decode (RFC 6455 §5.4).",
    ),
    MessageCase(
        "a binary message in two fragments, the first one empty",
        (masked(Opcode.BINARY, b"", fin=False), masked(Opcode.CONT, b"\xff\x00")),
        b"\xff\x00",
        "The first frame says that a message has begun, and of what kind, also when it is empty"
        " (RFC 6455 §5.4).",
    ),
    MessageCase(
        "a ping between two fragments",
        (_FRAGMENTS[0], masked(Opcode.PING, b"are you there?"), _FRAGMENTS[1]),
        _TEXT.decode(),
        "A ping may stand between fragments. It is no part of the message (RFC 6455 §5.4).",
        Frame(Opcode.PONG, b"are you there?"),
    ),
    MessageCase(
        "a pong that nobody asked for",
        (masked(Opcode.PONG, b""), HELLO),
        "Hello",
        "A pong needs no answer: go on with the next frame (RFC 6455 §5.5.3).",
    ),
    MessageCase(
        "a close frame",
        (masked(Opcode.CLOSE, _CLOSE),),
        None,
        "Answer with a close frame that has the same code, and return None (RFC 6455 §5.5.1).",
        Frame(Opcode.CLOSE, _CLOSE),
    ),
    MessageCase(
        "a continuation of nothing",
        (masked(Opcode.CONT, b"lo"),),
        ValueError,
        "No message has begun that it could continue (RFC 6455 §5.4).",
    ),
    MessageCase(
        "a new message between two fragments",
        (_FRAGMENTS[0], HELLO),
        ValueError,
        "The first message is not complete yet (RFC 6455 §5.4).",
    ),
    MessageCase(
        "opcode 3",
        (Frame(3, b"?", masking_key=KEY),),
        ValueError,
        "Opcode 3 is reserved (RFC 6455 §5.2).",
    ),
    MessageCase(
        "a text that is not UTF-8",
        (masked(Opcode.TEXT, b"\xff"),),
        ValueError,
        ".decode() raises UnicodeDecodeError, which is a ValueError (RFC 6455 §8.1).",
    ),
)


async def check(receive: Callable[..., Any]) -> Findings:
    """Send messages whole and in fragments, control frames, and frames that break a rule."""
    for case in MESSAGE_CASES:
        chunks = [one.encode() for one in case.frames]
        yield judge_message(case, await exchange(receive, chunks, receive))


def judge_message(case: MessageCase, outcome: Outcome) -> Finding:
    """Say whether `receive` returned this message and answered what must be answered."""
    if case.wanted is ValueError:
        return Finding(case.name, *refused(case.rule.rstrip("."), outcome))
    # Code that was stopped says nothing of how the message was read.
    about = "" if isinstance(outcome.error, Blocked) else f" {case.rule}"
    mistake = outcome.trouble and outcome.trouble + about
    mistake = mistake or next(_message_mistakes(case, outcome), "")
    return Finding(case.name, not mistake, mistake or f"You returned {shorten(outcome.returned)}.")


def _message_mistakes(case: MessageCase, outcome: Outcome) -> Iterator[str]:
    if outcome.returned != case.wanted:
        yield f"{case.wanted!r} was expected, yours is {shorten(outcome.returned)}. {case.rule}"
    wanted = case.answer.encode() if case.answer else b""
    if outcome.received == wanted:
        return
    header = read_header(outcome.received)
    if not wanted:
        yield f"Your server sent {show.hex_bytes(outcome.received, 8)}, but no answer is needed."
    elif header is None:
        yield f"Your server sent no {case.answer and case.answer.kind} frame. {case.rule}"
    elif case.answer and header.frame.opcode != case.answer.opcode:
        yield f"Your server sent a {header.frame.kind} frame, not a {case.answer.kind} frame."
    else:
        came = show.hex_bytes(outcome.received, 20)
        rule = SAME_PAYLOAD[header.frame.opcode]
        yield f"The answer was {came}, not {wanted.hex(' ')}. {rule}"


STEP = ServerStep(receive, check)
