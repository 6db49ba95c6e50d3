"""What a server of the learner's must make of frames, and what to say if it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from websockets.frames import Opcode

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.questions.report import Finding, difference, shorten
from chatlib.wire import show
from chatlib.wire.frame_header import read_header
from chatlib.wire.frames import Frame, shortest

KEY = bytes.fromhex("37fa213d")  # the masking key of RFC 6455 §5.7


@dataclass(frozen=True, slots=True)
class FrameCase:
    """Frames that are sent to `read_frame`, which is called once for each.

    Attributes:
        name: What is special about them.
        frames: The frames.
        cut: Bytes in a chunk; None sends everything in one chunk.
        rule: The rule that they break, for which `ValueError` is right; empty if they break none.
    """

    name: str
    frames: tuple[Frame, ...]
    cut: int | None = None
    rule: str = ""

    @property
    def chunks(self) -> tuple[bytes, ...]:
        """The bytes as they are sent."""
        data = b"".join(frame.encode() for frame in self.frames)
        size = self.cut or len(data)
        return tuple(data[at : at + size] for at in range(0, len(data), size))


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> Frame:
    """Return a frame as a client sends it."""
    return Frame(opcode, payload, fin=fin, rsv1=rsv1, masking_key=KEY)


HELLO = masked(Opcode.TEXT, b"Hello")

FRAME_CASES = (
    FrameCase("“Hello” from RFC 6455 §5.7", (HELLO,)),
    FrameCase("a first fragment: FIN is 0", (masked(Opcode.TEXT, b"Hel", fin=False),)),
    FrameCase("a ping without a payload", (masked(Opcode.PING, b""),)),
    FrameCase("a length of 126: the next 2 bytes", (masked(Opcode.BINARY, b"a" * 126),)),
    FrameCase("a length of 300", (masked(Opcode.BINARY, bytes(range(100)) * 3),)),
    FrameCase("a length of 65,536: the next 8 bytes", (masked(Opcode.BINARY, b"b" * 65_536),)),
    FrameCase("one byte in each chunk", (HELLO,), cut=1),
    FrameCase("two frames in one chunk", (HELLO, masked(Opcode.TEXT, b"again"))),
    FrameCase(
        "a frame that is not masked",
        (Frame(Opcode.TEXT, b"Hello"),),
        rule="MASK is 0 (RFC 6455 §5.1)",
    ),
    FrameCase(
        "a reserved bit that is set",
        (masked(Opcode.TEXT, b"Hello", rsv1=True),),
        rule="RSV1 is 1, and no extension was agreed (RFC 6455 §5.2)",
    ),
)


def judge_frames(case: FrameCase, outcome: Outcome) -> Finding:
    """Say whether `read_frame` returned these frames."""
    if case.rule:
        return Finding(case.name, *refused(case.rule, outcome))
    mistake = outcome.trouble or next(_read_mistakes(case, outcome), "")
    if mistake:
        sent = show.hex_bytes(b"".join(case.chunks), 12)
        return Finding(case.name, False, f"{mistake} Sent: {sent}. See RFC 6455 §5.2.")
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
        yield f"{show.count(len(outcome.unread), 'byte')} of the frame were not read."


def _frame_mistakes(frame: Frame, got: object) -> Iterator[str]:
    if not (isinstance(got, tuple) and len(got) == 3):
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


MADE_CASES: tuple[tuple[str, Opcode, bytes], ...] = (
    ("a text of 5 bytes", Opcode.TEXT, b"Hello"),
    ("a pong without a payload", Opcode.PONG, b""),
    ("125 bytes: the length in 7 bits", Opcode.BINARY, b"a" * 125),
    ("126 bytes: the length in 7+16 bits", Opcode.BINARY, b"b" * 126),
    ("65,535 bytes: still 7+16 bits", Opcode.BINARY, b"c" * 65_535),
    ("65,536 bytes: the length in 7+64 bits", Opcode.BINARY, b"d" * 65_536),
)


def judge_made(name: str, opcode: Opcode, payload: bytes, outcome: Outcome) -> Finding:
    """Say whether `frame` made the bytes of this frame as a server must send them."""
    wanted = Frame(opcode, payload)
    mistake = outcome.trouble or _made_mistake(wanted, outcome.returned)
    return Finding(name, not mistake, mistake or f"Yes: {show.hex_bytes(wanted.encode(), 8)}")


def _made_mistake(wanted: Frame, made: object) -> str:
    if not isinstance(made, bytes | bytearray):
        return f"Return bytes. Yours is {type(made).__name__}."
    if made == wanted.encode():
        return ""
    header = read_header(made)
    if header is None:
        return (
            f"Yours has {show.count(len(made), 'byte')}: not even a whole header (RFC 6455 §5.2)."
        )
    if header.frame.masking_key is not None:
        return "The MASK bit is 1. A server must not mask what it sends (RFC 6455 §5.1)."
    if not header.frame.fin:
        return "FIN is 0, so the client waits for more fragments. Set the first bit: 128 | opcode."
    if header.frame.opcode != wanted.opcode:
        return f"The opcode is {header.frame.opcode}, {int(wanted.opcode)} was asked for."
    return _length_mistake(wanted, header.length, header.length_bits) or difference(
        bytes(made), wanted.encode()
    )


def _length_mistake(wanted: Frame, length: int, bits: int) -> str:
    size, form = len(wanted.payload), shortest(len(wanted.payload))
    if bits != form:
        return (
            f"{size:,} bytes need the form with {form} bits, yours has {bits}. 7 bits reach to 125,"
            " 16 bits to 65,535 (RFC 6455 §5.2)."
        )
    if bits > 7 and length == int.from_bytes(size.to_bytes(bits // 8, "big"), "little"):
        return 'The bytes of the length are in the wrong order: use "big" (RFC 6455 §5.2).'
    if length != size:
        return (
            f"Your header says {length:,} bytes, but the payload has {size:,}. 126 or 127 in byte 1"
            " say that the length follows (RFC 6455 §5.2)."
        )
    return ""
