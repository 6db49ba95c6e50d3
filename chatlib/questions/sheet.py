"""What one exercise with blanks shows: the bytes or lines, what is given, and what is left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chatlib.questions.blanks import Blank
from chatlib.questions.handshake_blanks import handshake_blanks
from chatlib.questions.header_blanks import Layout, header_blanks
from chatlib.questions.payload_blanks import payload_blanks
from chatlib.wire.frames import Frame
from chatlib.wire.heads import Request, Response, redact_target
from chatlib.wire.show import count
from chatlib.wire.trace import Trace

BYTES_A_LINE = 8
BYTES_SHOWN = 64
GAP = "_____"
# A field that is not asked for is shown, unless it would give one of these answers away.
GIVEN = {
    "FIN": {"fin"},
    "RSV1": set[str](),
    "RSV2": set[str](),
    "RSV3": set[str](),
    "opcode": {"opcode", "close_code"},
    "MASK": {"mask"},
    "payload length": {"length", "length_form", "payload", "close_reason"},
}
Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One exercise.

    Attributes:
        title: What the learner has before them.
        lines: The bytes, or the lines of the heads: where each stands, and its text.
        given: Fields whose value is told: name and value.
        blanks: The fields to fill in.
        digest: The same for the same content with the same blanks. Random keys do not count, so
            that answers can come back when a cell is run again.
    """

    title: str
    lines: tuple[Line, ...]
    given: tuple[Line, ...]
    blanks: tuple[Blank, ...]
    digest: str


def make_sheet(source: Frame | Trace, names: tuple[str, ...]) -> Sheet:
    """Return the exercise on a frame, or on the opening handshake of a connection.

    Args:
        source: What was on the wire.
        names: The fields to leave out; none means all of them.

    Raises:
        ValueError: If there is no such field here, or no handshake yet. Says what there is.
    """
    return _frame_sheet(source, names) if isinstance(source, Frame) else _handshake(source, names)


def _frame_sheet(frame: Frame, names: tuple[str, ...]) -> Sheet:
    layout = Layout(frame)
    known = {blank.name: blank for blank in (*header_blanks(layout), *payload_blanks(layout))}
    blanks = _chosen(known, names, "This frame")
    asked = {blank.name for blank in blanks}
    return Sheet(
        title=f"A frame of {count(len(layout.data), 'byte')}, as it was on the wire",
        lines=tuple(_bytes(layout.data)),
        given=tuple(
            (name, str(layout.field(name).value))
            for name, hide in GIVEN.items()
            if not hide & asked
        ),
        blanks=blanks,
        digest=_digest(_without_key(frame), blanks),
    )


def _bytes(data: bytes) -> Iterator[Line]:
    for number in (0, 1):
        yield f"byte {number} in bits", f"{data[number] >> 4:04b} {data[number] & 15:04b}"
    for start in range(0, min(len(data), BYTES_SHOWN), BYTES_A_LINE):
        part = data[start : start + BYTES_A_LINE]
        last = start + len(part) - 1
        yield f"bytes {start}–{last}" if last > start else f"byte {start}", part.hex(" ")
    if len(data) > BYTES_SHOWN:
        yield "then", f"{count(len(data) - BYTES_SHOWN, 'more byte')}"


def _handshake(trace: Trace, names: tuple[str, ...]) -> Sheet:
    if trace.request is None or trace.response is None:
        raise ValueError(
            f"{trace.name!r} has no whole opening handshake yet. Connect, then run this again."
        )
    blanks = _chosen(handshake_blanks(trace.request, trace.response), names, "This handshake")
    return Sheet(
        title="An opening handshake, as it was on the wire",
        lines=tuple(_head_lines(trace.request, trace.response, {blank.name for blank in blanks})),
        given=(),
        blanks=blanks,
        digest=_digest(_without_values(trace.request, trace.response), blanks),
    )


def _head_lines(request: Request, response: Response, asked: set[str]) -> Iterator[Line]:
    gaps = {"Sec-WebSocket-Version": "version", "Sec-WebSocket-Accept": "accept"}
    method = GAP if "method" in asked else request.method
    status = GAP if "status" in asked else str(response.status)
    target = redact_target(request.target)
    for side, start, head in (
        ("request", f"{method} {target} {request.version}", request),
        ("response", f"{response.version} {status} {response.reason}", response),
    ):
        yield side, start
        for name, value in head.headers.redacted():
            yield "", f"{name}: {GAP if gaps.get(name) in asked else value}"


def _chosen(known: dict[str, Blank], names: tuple[str, ...], what: str) -> tuple[Blank, ...]:
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{what} has no field {unknown} to fill in. Use some of {list(known)}.")
    return tuple(known[name] for name in names or known)


def _without_key(frame: Frame) -> bytes:
    return replace(frame, masking_key=frame.masking_key and bytes(4)).encode()


def _without_values(request: Request, response: Response) -> bytes:
    names = [name for name, _ in (*request.headers, *response.headers)]
    return "\n".join([request.start_line, response.start_line, *names]).encode()


def _digest(data: bytes, blanks: tuple[Blank, ...]) -> str:
    names = ",".join(blank.name for blank in blanks)
    return hashlib.sha256(names.encode() + b"\0" + data).hexdigest()[:32]
