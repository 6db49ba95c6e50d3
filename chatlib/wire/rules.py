"""What RFC 6455 forbids in one frame. What it forbids between frames is `messages`' part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from websockets.frames import CloseCode, Opcode

from chatlib.wire.close_codes import close_code_info
from chatlib.wire.frames import Frame, Side, shortest

ERROR = int(CloseCode.PROTOCOL_ERROR)
INVALID = int(CloseCode.INVALID_DATA)
CONTROL_LIMIT = 125  # bytes of payload in a control frame (RFC 6455 §5.5)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the bytes that breaks a rule.

    Attributes:
        offset: Where it stands, in bytes from the start of what was examined: one direction's byte
            stream for a dissector, the frame itself for `frame_problems`.
        rule: The rule and how it was broken, in one sentence.
        section: Where the rule is written, such as "RFC 6455 §5.1".
        close_code: What an endpoint that notices would close with; None if it would not close, or
            if no WebSocket connection exists yet.
    """

    offset: int
    rule: str
    section: str
    close_code: int | None = None


def frame_problems(
    frame: Frame, *, sender: Side | None = None, deflate: bool = False, offset: int = 0
) -> tuple[Problem, ...]:
    """Return the rules that this frame breaks by itself.

    Args:
        frame: Any frame.
        sender: Who sent it; None leaves the rules on masking out.
        deflate: Whether permessage-deflate is agreed, which gives RSV1 a meaning.
        offset: Where the frame starts; added to the offset of each problem.
    """
    return tuple(_problems(frame, sender, deflate, offset))


def text_problem(data: bytes) -> tuple[int, str] | None:
    """Return the first byte that is not UTF-8 and why; None if all is well (RFC 3629)."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start, error.reason
    return None


def _problems(frame: Frame, sender: Side | None, deflate: bool, at: int) -> Iterator[Problem]:
    yield from _reserved_bits(frame, deflate, at)
    if frame.kind.startswith("opcode"):
        rule = f"Opcode {frame.opcode:#x} is reserved: RFC 6455 gives it no meaning."
        yield Problem(at, rule, "RFC 6455 §5.2", ERROR)
    yield from _control(frame, at)
    yield from _length(frame, at)
    yield from _mask(frame, sender, at)
    yield from _close(frame, at + frame.header_size)


def _reserved_bits(frame: Frame, deflate: bool, at: int) -> Iterator[Problem]:
    if frame.rsv1 and not deflate:
        rule = "RSV1 is set, but no extension was agreed that gives it a meaning."
        yield Problem(at, rule, "RFC 6455 §5.2", ERROR)
    elif frame.rsv1 and frame.opcode not in (Opcode.TEXT, Opcode.BINARY):
        rule = "permessage-deflate sets RSV1 only on the first frame of a message."
        yield Problem(at, rule, "RFC 7692 §6.1", ERROR)
    for name, value in (("RSV2", frame.rsv2), ("RSV3", frame.rsv3)):
        if value:
            rule = f"{name} is set, but no extension was agreed that gives it a meaning."
            yield Problem(at, rule, "RFC 6455 §5.2", ERROR)


def _control(frame: Frame, at: int) -> Iterator[Problem]:
    if frame.is_control and not frame.fin:
        rule = "FIN is 0 on a control frame, but control frames must not be fragmented."
        yield Problem(at, rule, "RFC 6455 §5.5", ERROR)
    if frame.is_control and len(frame.payload) > CONTROL_LIMIT:
        rule = (
            f"This control frame has a payload of {len(frame.payload):,} bytes; "
            f"{CONTROL_LIMIT} are allowed."
        )
        yield Problem(at + 1, rule, "RFC 6455 §5.5", ERROR)


def _length(frame: Frame, at: int) -> Iterator[Problem]:
    if frame.length_bits not in (None, shortest(len(frame.payload))):
        rule = (
            f"The payload length {len(frame.payload):,} is written in {frame.length_bits} bits, "
            "but the shortest form must be used."
        )
        yield Problem(at + 1, rule, "RFC 6455 §5.2", ERROR)


def _mask(frame: Frame, sender: Side | None, at: int) -> Iterator[Problem]:
    if sender == "client" and frame.masking_key is None:
        rule = "MASK is 0, but a client must mask every frame it sends."
        yield Problem(at + 1, rule, "RFC 6455 §5.1", ERROR)
    if sender == "server" and frame.masking_key is not None:
        rule = "MASK is 1, but a server must not mask any frame it sends."
        yield Problem(at + 1, rule, "RFC 6455 §5.1", ERROR)


def _close(frame: Frame, payload_at: int) -> Iterator[Problem]:
    if frame.opcode != Opcode.CLOSE or not frame.payload:
        return
    code = frame.close_code
    if code is None:
        rule = "The payload of a close frame is empty or starts with a close code of 2 bytes."
        yield Problem(payload_at, rule, "RFC 6455 §5.5.1", ERROR)
        return
    info = close_code_info(code)
    if not info.may_travel:
        rule = f"Close code {code} ({info.name}) must not be sent in a close frame."
        yield Problem(payload_at, rule, "RFC 6455 §7.4", ERROR)
    if wrong := text_problem(frame.payload[2:]):
        rule = f"The close reason is not UTF-8 at its byte {wrong[0]} ({wrong[1]})."
        yield Problem(payload_at + 2 + wrong[0], rule, "RFC 6455 §5.5.1", INVALID)
