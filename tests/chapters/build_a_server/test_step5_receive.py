"""Wrong functions for step 5, and what the learner is told."""

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.step3_read_frame import CLOSE, PING, PONG, TEXT
from chatlib.chapters.build_a_server.step3_read_frame import read_frame as read
from chatlib.chapters.build_a_server.step4_frame import frame as made
from chatlib.chapters.build_a_server.step5_receive import MESSAGE_CASES, judge_message
from chatlib.kernel.watchdog import Blocked
from chatlib.wire.frames import Frame
from tests.chapters.build_a_server.told import told

CASES = {case.name: case for case in MESSAGE_CASES}
A_PING, A_CLOSE, A_TEXT = (
    CASES["a ping between two fragments"],
    CASES["a close frame"],
    CASES["a text"],
)


@pytest.mark.parametrize("case", MESSAGE_CASES, ids=lambda case: case.name)
def test_right_and_wrong(case):
    answer = case.answer.encode() if case.answer else b""
    if case.wanted is ValueError:
        assert judge_message(case, Outcome(error=ValueError("broken"), trouble="broken")).right
    else:
        assert judge_message(case, Outcome(case.wanted, received=answer)).right
    finding = judge_message(case, Outcome(42, received=answer))
    assert finding.right is False
    assert "RFC 6455 §" in finding.feedback


@pytest.mark.parametrize(
    ("case", "outcome", "says"),
    [
        (A_TEXT, Outcome(trouble="It broke."), "It broke. A text message is a str: .decode() it"),
        (A_TEXT, Outcome("Hello", received=b"\x81\x00"), "sent 81 00, but no answer is needed"),
        (A_PING, Outcome(A_PING.wanted), "Your server sent no pong frame."),
        (A_PING, Outcome(A_PING.wanted, received=b"\x89\x00"), "a ping frame, not a pong frame"),
        (A_PING, Outcome(A_PING.wanted, received=b"\x8a\x00"), "A pong has the same payload as"),
        (
            A_CLOSE,
            Outcome(None, received=Frame(8).encode()),
            "The answer was 88 00, not 88 02 03 e9. The close frame has the same code",
        ),
        (A_CLOSE, Outcome("bye"), "None was expected, yours is 'bye'."),
    ],
)
def test_what_is_said(case, outcome: Outcome, says: str):
    finding = judge_message(case, outcome)
    assert finding.right is False
    assert says in finding.feedback


def test_code_that_was_stopped_is_told_nothing_else():
    outcome = Outcome(error=Blocked("receive", 3.0, "line 2"), trouble="It was stopped.")
    assert judge_message(A_TEXT, outcome).feedback == "It was stopped."


def receives(
    *,
    pong: int = PONG,
    echo: bool = True,
    joins: bool = True,
    decodes: str = "whole",
    order: bool = True,
    strict: bool = True,
    pongs_end: bool = False,
    closing: bytes | None = None,
    replace: bool = False,
    kind_of: str = "first",
    begun_by: str = "frames",
) -> Callable[..., Any]:
    """Return a `receive` that is right but for what is named."""

    async def receive(reader: StreamReader, writer: StreamWriter) -> object:
        kind, parts = 0, list[bytes]()
        while True:
            fin, opcode, payload = await read(reader)
            if opcode == PING:
                writer.write(made(pong, payload))
            elif opcode == CLOSE:
                if echo:
                    writer.write(made(CLOSE, payload if closing is None else closing))
                return None
            elif opcode == PONG:
                if pongs_end:
                    return ""
            elif opcode > 2 and strict:
                raise ValueError("opcode")
            else:
                begun = any(parts) if begun_by == "bytes" else bool(parts)
                if order and (opcode == 0) != begun:
                    raise ValueError("order")
                kind = (kind or opcode) if kind_of == "first" else (opcode or TEXT)
                if decodes == "parts" and kind == TEXT:
                    payload.decode()
                parts.append(payload)
                if fin or not joins:
                    whole = b"".join(parts)
                    if decodes == "never" or kind != TEXT:
                        return whole
                    return whole.decode(errors="replace" if replace else "strict")

    return receive


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (receives(decodes="never"), "'Hello' was expected, yours is b'Hello'"),
        (receives(decodes="parts"), "UnicodeDecodeError: 'utf-8' codec"),
        (receives(joins=False, replace=True), "Join the payloads first"),
        (receives(pong=PING), "sent a ping frame, not a pong frame"),
        (receives(pongs_end=True), "A pong needs no answer"),
        (receives(echo=False), "sent no close frame. Answer with a close frame"),
        (receives(closing=b""), "The answer was 88 00, not 88 02 03 e9"),
        (receives(closing=b"\x03\xe8"), "The answer was 88 02 03 e8, not 88 02 03 e9"),
        (receives(kind_of="last"), "the first one empty: Your code raised UnicodeDecodeError"),
        (receives(begun_by="bytes"), "the first one empty: Your code raised ValueError: order"),
        (receives(order=False), "Raise ValueError here: No message has begun"),
        (receives(strict=False), "Raise ValueError here: Opcode 3 is reserved"),
        (receives(replace=True), "Raise ValueError here: .decode() raises UnicodeDecodeError"),
    ],
)
async def test_wrong_receivers(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "receive")


async def test_an_answer_that_nobody_asked_for():
    async def receive(reader: StreamReader, writer: StreamWriter) -> str:
        _, _, payload = await read(reader)
        writer.write(made(TEXT, b"ok"))
        return payload.decode()

    assert "Your server sent 81 02 6f 6b, but no answer is needed" in await told(receive, "receive")
