"""Step 3: read a frame. The course's function, what is sent to it, and what is said."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from websockets.frames import Opcode

from chatlib.chapters.build_a_server.drive import Findings, Outcome, ServerStep, exchange
from chatlib.questions.report import Finding, difference, shorten
from chatlib.wire import show
from chatlib.wire.frames import Frame

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = bytes.fromhex("37fa213d")  # the masking key of RFC 6455 §5.7


async def read_frame(reader: StreamReader) -> tuple[int, int, bytes]:
    """Read one frame of a client (RFC 6455 §5.2).

    Returns:
        FIN, the opcode, and the payload without its mask.

    Raises:
        ValueError: If the frame is not masked, or a reserved bit is set.
        IncompleteReadError: If the client ends the connection before the frame is complete.
    """
    first, second = await reader.readexactly(2)
    if first & 0b0111_0000 or not second & 0b1000_0000:
        raise ValueError("a reserved bit is set, or the frame is not masked")
    length = second & 0b0111_1111
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    key = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    return first >> 7, first & 0b1111, bytes(b ^ key[i % 4] for i, b in enumerate(masked))


@dataclass(frozen=True, slots=True)
class FrameCase:
    """Frames that are sent to `read_frame`, which is called once for each.

    Attributes:
        name: What is special about them.
        frames: The frames.
        cut: Bytes in a chunk; None sends everything in one chunk.
        rule: The rule that they break, for which `ValueError` is right; empty if they break none.
        hint: What to look at if they are not read well.
    """

    name: str
    frames: tuple[Frame, ...]
    cut: int | None = None
    rule: str = ""
    hint: str = ""

    @property
    def chunks(self) -> tuple[bytes, ...]:
        """The bytes as they are sent."""
        data = b"".join(frame.encode() for frame in self.frames)
        size = self.cut or len(data)
        return tuple(data[at : at + size] for at in range(0, len(data), size))


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> Frame:
    """Return a frame as a client sends it."""
    return Frame(opcode, payload, fin=fin, masking_key=KEY)


HELLO = masked(Opcode.TEXT, b"Hello")

FRAME_CASES = (
    FrameCase("“Hello” from RFC 6455 §5.7", (HELLO,)),
    FrameCase("a first fragment: FIN is 0", (masked(Opcode.TEXT, b"Hel", fin=False),)),
    FrameCase("a ping without a payload", (masked(Opcode.PING, b""),)),
    FrameCase("a length of 126: the next 2 bytes", (masked(Opcode.BINARY, b"a" * 126),)),
    FrameCase(
        "a length of 127: still the next 2 bytes",
        (masked(Opcode.BINARY, b"c" * 127),),
        hint=" The seven bits are 126 here. Ask for 127 with elif: the length is 127 afterwards.",
    ),
    FrameCase("a length of 300", (masked(Opcode.BINARY, bytes(range(100)) * 3),)),
    FrameCase("a length of 65,536: the next 8 bytes", (masked(Opcode.BINARY, b"b" * 65_536),)),
    FrameCase("one byte in each chunk", (HELLO,), cut=1),
    FrameCase("two frames in one chunk", (HELLO, masked(Opcode.TEXT, b"again"))),
    FrameCase(
        "a frame that is not masked",
        (Frame(Opcode.TEXT, b"Hello"),),
        rule="MASK is 0 (RFC 6455 §5.1)",
    ),
    *(
        FrameCase(
            f"{bit} is set",
            (frame,),
            rule=f"{bit} is 1, and no extension was agreed (RFC 6455 §5.2)",
        )
        for bit, frame in {
            "RSV1": replace(HELLO, rsv1=True),
            "RSV2": replace(HELLO, rsv2=True),
            "RSV3": replace(HELLO, rsv3=True),
        }.items()
    ),
)


async def check(read_frame: Callable[..., Any]) -> Findings:
    """Send frames of every length form, whole, in pieces, and two at once."""
    for case in FRAME_CASES:
        number = len(case.frames)

        async def call(reader: StreamReader, writer: StreamWriter, n: int = number) -> object:
            return [await read_frame(reader) for _ in range(n)]

        yield judge_frames(case, await exchange(call, case.chunks, read_frame))


def judge_frames(case: FrameCase, outcome: Outcome) -> Finding:
    """Say whether `read_frame` returned these frames."""
    if case.rule:
        return Finding(case.name, *refused(case.rule, outcome))
    mistake = outcome.trouble or next(_read_mistakes(case, outcome), "")
    if mistake:
        sent = show.hex_bytes(b"".join(case.chunks), 12)
        return Finding(case.name, False, f"{mistake}{case.hint} Sent: {sent}. See RFC 6455 §5.2.")
    return Finding(case.name, True, "FIN, opcode and payload are right.")


def refused(rule: str, outcome: Outcome) -> tuple[bool, str]:
    """Say whether a broken rule was met with `ValueError`, and what happened instead."""
    if isinstance(outcome.error, ValueError):
        raised = type(outcome.error).__name__
        return True, f"As it must, your code raised {raised}: {outcome.error}."
    instead = outcome.trouble or f"Yours returned {shorten(outcome.returned)}."
    return False, f"{instead} Raise ValueError here: {rule}."


def _read_mistakes(case: FrameCase, outcome: Outcome) -> Iterator[str]:
    assert isinstance(outcome.returned, list)
    for number, (frame, got) in enumerate(zip(case.frames, outcome.returned, strict=True), 1):
        which = f"Frame {number}: " if len(case.frames) > 1 else ""
        yield from (which + mistake for mistake in _frame_mistakes(frame, got))
    if outcome.unread:
        yield f"{show.count(len(outcome.unread), 'byte')} of the frame stayed unread."


def _frame_mistakes(frame: Frame, got: object) -> Iterator[str]:
    if not (isinstance(got, tuple | list) and len(got) == 3):
        yield (f"Return three things: FIN, opcode, payload. Yours is {shorten(got)}.")
        return
    fin, opcode, payload = got
    if bool(fin) != frame.fin:
        yield f"FIN is {frame.fin:d}, yours is {fin!r}. It is the first bit of the first byte."
    if opcode != frame.opcode:
        yield f"The opcode is {frame.opcode}, yours is {opcode!r}. It is the last 4 bits of byte 0."
    if not isinstance(payload, bytes | bytearray):
        yield f"The payload must be bytes. Yours is {type(payload).__name__}: use bytes(…)."
    elif payload != frame.payload:
        yield _payload_mistake(frame, bytes(payload))


def _payload_mistake(frame: Frame, got: bytes) -> str:
    if got == frame.masked_payload:
        return "The payload is still masked: XOR byte i with byte i % 4 of the key (RFC 6455 §5.3)."
    if len(got) != len(frame.payload):
        return (
            f"The payload has {len(frame.payload):,} bytes; yours has {len(got):,} (RFC 6455 §5.2)."
        )
    hint = "Undo the mask with key[i % 4] (RFC 6455 §5.3)."
    if len(got) > 125:
        hint = "126 in the seven bits says: the length is in the next 2 bytes (RFC 6455 §5.2)."
    return f"{difference(got, frame.payload)} {hint}"


STEP = ServerStep(read_frame, check)
