"""What RFC 6455 says of one frame by itself: the rules that it may break, and its close code.

What it forbids between frames is `chatlib.wire.fragments`' part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from websockets.frames import CloseCode, Opcode

from chatlib.wire.frames import Frame, Side, shortest

ERROR = int(CloseCode.PROTOCOL_ERROR)
INVALID = int(CloseCode.INVALID_DATA)
CONTROL_LIMIT = 125  # bytes of payload in a control frame (RFC 6455 §5.5)

# RFC 6455 §7.4.1 and the IANA registry that continues it: the name of each code, and its meaning.
CLOSE_CODES = {
    1000: ("normal closure", "The connection has done what it was opened for."),
    1001: ("going away", "The server is stopping, or the user left the page."),
    1002: ("protocol error", "The peer broke a rule of the WebSocket protocol."),
    1003: (
        "unsupported data",
        "The message is of a type this endpoint does not accept, such as binary instead of text.",
    ),
    1004: ("reserved", "This code is reserved and has no meaning yet."),
    1005: ("no status received", "The close frame that came in held no close code."),
    1006: ("abnormal closure", "The connection ended without any close frame."),
    1007: (
        "invalid payload data",
        "The content of a message does not fit its type, such as text that is not UTF-8.",
    ),
    1008: ("policy violation", "A message breaks a rule that this endpoint set for itself."),
    1009: ("message too big", "A message is larger than this endpoint accepts."),
    1010: ("mandatory extension", "The client needs an extension that the server did not agree."),
    1011: ("internal error", "The server met an error of its own and cannot go on."),
    1012: ("service restart", "The server restarts. The client may connect again soon."),
    1013: ("try again later", "The server is overloaded. The client may connect again later."),
    1014: ("bad gateway", "A gateway got an invalid answer from the server behind it."),
    1015: ("TLS handshake", "The TLS handshake failed, so no connection was opened."),
}
# What an application is told, but no close frame says.
_NEVER_SENT = (1004, 1005, 1006, 1015)
# RFC 6455 §7.4.2: what the codes of a range have in common.
_RANGES = {
    range(1000): ("not used", "Codes below 1000 are not used."),
    range(1000, 3000): ("unassigned", "This code is kept for later versions of the protocol."),
    range(3000, 4000): ("registered", "This code belongs to a library or framework."),
    range(4000, 5000): ("private use", "The two endpoints agreed on a meaning of their own."),
}
_OUTSIDE = ("out of range", "Close codes end at 4999.")


class CloseCodeInfo(NamedTuple):
    """What is known about one close code, and whether it may travel in a close frame."""

    name: str
    meaning: str
    may_travel: bool


def close_code_info(code: int) -> CloseCodeInfo:
    """Return what is known about any number as a close code (RFC 6455 §7.4)."""
    if code in CLOSE_CODES:
        return CloseCodeInfo(*CLOSE_CODES[code], may_travel=code not in _NEVER_SENT)
    words = next((words for codes, words in _RANGES.items() if code in codes), _OUTSIDE)
    return CloseCodeInfo(*words, may_travel=3000 <= code < 5000)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the bytes that breaks a rule.

    It stands at an offset in what was examined: in one direction's byte stream for a dissector,
    in the frame itself for `frame_problems`. An endpoint that notices would close with its close
    code; None if it would not close, or if no WebSocket connection exists yet.
    """

    offset: int
    rule: str  # and how it was broken, in one sentence
    section: str  # where the rule is written, such as "RFC 6455 §5.1"
    close_code: int | None = None
    field: str = ""  # the field of a frame that breaks it; empty for a rule between frames


def frame_problems(
    frame: Frame, *, sender: Side | None = None, deflate: bool = False, offset: int = 0
) -> tuple[Problem, ...]:
    """Return the rules that this frame breaks by itself; it starts at `offset`.

    Without a sender the rules on masking are left out. With `deflate`, permessage-deflate is
    agreed, which gives RSV1 a meaning.
    """
    found = [*_first_byte(frame, deflate), *_second_byte(frame, sender), *_close(frame)]
    return tuple(replace(problem, offset=offset + problem.offset) for problem in found)


def text_problem(data: bytes) -> tuple[int, str] | None:
    """Return the first byte that is not UTF-8 and why; None if all is well (RFC 3629)."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start, error.reason
    return None


def _first_byte(frame: Frame, deflate: bool) -> Iterator[Problem]:
    section = "RFC 6455 §5.2"
    if frame.rsv1 and deflate and frame.opcode not in (Opcode.TEXT, Opcode.BINARY):
        rule = "permessage-deflate sets RSV1 only on the first frame of a message."
        yield Problem(0, rule, "RFC 7692 §6.1", ERROR, "RSV1")
    unknown = {"RSV1": frame.rsv1 and not deflate, "RSV2": frame.rsv2, "RSV3": frame.rsv3}
    for name in (name for name, is_set in unknown.items() if is_set):
        rule = f"{name} is set, but no extension was agreed that gives it a meaning."
        yield Problem(0, rule, section, ERROR, name)
    if frame.kind.startswith("opcode"):
        rule = f"Opcode {frame.opcode:#x} is reserved: RFC 6455 gives it no meaning."
        yield Problem(0, rule, section, ERROR, "opcode")
    if frame.is_control and not frame.fin:
        rule = "FIN is 0 on a control frame, but control frames must not be fragmented."
        yield Problem(0, rule, "RFC 6455 §5.5", ERROR, "FIN")


def _second_byte(frame: Frame, sender: Side | None) -> Iterator[Problem]:
    size = len(frame.payload)
    if frame.is_control and size > CONTROL_LIMIT:
        rule = f"This control frame has a payload of {size:,} bytes; {CONTROL_LIMIT} are allowed."
        yield Problem(1, rule, "RFC 6455 §5.5", ERROR, "payload length")
    if frame.length_bits > shortest(size):
        written = f"The payload length {size:,} is written in {frame.length_bits} bits"
        rule = f"{written}, but the shortest form must be used."
        yield Problem(1, rule, "RFC 6455 §5.2", ERROR, "payload length")
    if sender == "client" and frame.masking_key is None:
        rule = "MASK is 0, but a client must mask every frame it sends."
        yield Problem(1, rule, "RFC 6455 §5.1", ERROR, "MASK")
    if sender == "server" and frame.masking_key is not None:
        rule = "MASK is 1, but a server must not mask any frame it sends."
        yield Problem(1, rule, "RFC 6455 §5.1", ERROR, "MASK")


def _close(frame: Frame) -> Iterator[Problem]:
    if frame.opcode != Opcode.CLOSE or not frame.payload:
        return
    at, code = frame.header_size, frame.close_code
    if code is None:
        rule = "The payload of a close frame is empty or starts with a close code of 2 bytes."
        yield Problem(at, rule, "RFC 6455 §5.5.1", ERROR, "payload")
        return
    info = close_code_info(code)
    if not info.may_travel:
        rule = f"Close code {code} ({info.name}) must not be sent in a close frame."
        yield Problem(at, rule, "RFC 6455 §7.4", ERROR, "payload")
    if wrong := text_problem(frame.payload[2:]):
        rule = f"The close reason is not UTF-8 at its byte {wrong[0]} ({wrong[1]})."
        yield Problem(at + 2 + wrong[0], rule, "RFC 6455 §5.5.1", INVALID, "payload")
