"""One row of the wire panel's ladder for each event of a trace.

A row is a small dictionary of words and numbers, ready to be shown and safe to be shown: nothing
in it is secret. This module knows no widgets; `details` has what a chosen row adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from heapq import merge
from itertools import count
from typing import Any

import msgspec
from websockets.frames import Opcode

from chatlib.wire import show
from chatlib.wire.events import Body, DatagramItem, Ended, Event, FrameItem, HandshakeItem, Item
from chatlib.wire.frames import KINDS, Frame, Side
from chatlib.wire.heads import redact_bytes, redact_target
from chatlib.wire.rules import close_code_info
from chatlib.wire.trace import Trace

Row = dict[str, Any]

PREVIEW_LIMIT = 72  # characters of a preview
# Their bytes may hold a secret that began before them: to look for one would cost each row a look
# at all the bytes of a head.
TOO_EARLY = "sent before a 101 response; choose this row to see its bytes"
CONTEXT = 65_536  # bytes before an item that may hold the start of a secret line: a whole head
STATIC_ROWS = 100  # rows of the table for readers without a kernel
ARROWS = {"client": "client → server", "server": "server → client"}
HEADS = ("no.", "since", "connection", "direction", "kind", "bytes", "chunk", "content", "cause")
EMPTY = "Nothing was on the wire yet."
UNSAID = {"id", "seq", "epoch", "time"}  # what JSON messages say to programs, not to people


class Ladder:
    """Makes the rows of one trace, in the order of its events."""

    def __init__(self, trace: Trace, number: int, *, began: float = 0) -> None:
        """Start before the trace's first event; `number` is what the panel calls its connection.

        `began` is the panel's moment 0, in seconds on the recorder's clock. All ladders of a panel
        share it, so that their rows stand in the order of their times.
        """
        self.trace = trace
        self.number = number
        self._began = began
        # The last chunk that each side's newest row came in.
        self._last_chunk: dict[Side, int] = {}

    @property
    def about(self) -> Row:
        """What the browser knows of the connection, besides its rows."""
        return {"id": self.number, "name": self.trace.name, "state": self.trace.state}

    def row(self, event: Event) -> Row:
        """Return what the ladder shows of the next event."""
        row: Row = {
            "connection": self.number,
            "label": self.trace.name,
            "number": event.number,
            "ms": round((event.time - self._began) * 1000, 1),
            "sender": event.sender,
            "kind": kind_of(event.item),
            "name": _name(event),
            "size": event.item.end - event.item.start,
            "preview": preview(self.trace, event),
            **self._chunk_words(event),
        }
        if event.cause:
            row["cause"] = event.cause
        if event.item.problems:
            row["problem"] = " ".join(problem.rule for problem in event.item.problems)
        return row

    def moments(self, number: int) -> tuple[float | None, ...]:
        """Return when an event was written and when it was read, in ms; None if not known."""
        try:
            times = self.trace.moments(self.trace.event(number))
        except LookupError:
            return None, None
        return tuple(None if t is None else round((t - self._began) * 1000, 3) for t in times)

    def _chunk_words(self, event: Event) -> Row:
        if not event.chunks:
            return {"chunk": "none"}
        (first, *_, last), size = (event.chunks[0], *event.chunks), len(event.chunks)
        again = self._last_chunk.get(event.sender) == first
        self._last_chunk[event.sender] = last
        if size == 1:
            return {"chunk": f"{first} again", "again": True} if again else {"chunk": str(first)}
        # The other side's chunks may lie in between.
        between = " to " if last - first == size - 1 else " … " if size > 2 else ", "
        return {"chunk": f"{first}{between}{last}", **({"again": True} if again else {})}


def rows_of(ladders: Sequence[Ladder]) -> list[Row]:
    """Return the rows of several traces in order of time; of equal times, the first ladder's."""
    columns = [[(event.time, ladder, event) for event in ladder.trace.events] for ladder in ladders]
    ordered = merge(*columns, key=lambda entry: entry[0])
    return [ladder.row(event) for _, ladder, event in ordered]


def began(trace: Trace) -> float:
    """Return when a connection began: its first chunk, or its end where there was no byte."""
    if trace.chunks:
        return trace.chunks[0].time
    return trace.events[0].time if trace.events else 0


def kind_of(item: Item | Ended) -> str:
    """Return the word that decides a row's shape and colour."""
    if isinstance(item, FrameItem):
        return item.frame.kind if item.frame.opcode in KINDS else "other"
    return {HandshakeItem: "handshake", Body: "body", DatagramItem: "datagram", Ended: "end"}.get(
        type(item), "other"
    )


def _name(event: Event) -> str:
    if not (isinstance(event.item, FrameItem) and event.item.frame.opcode <= Opcode.BINARY):
        return event.name
    frame = event.item.frame
    if frame.opcode == Opcode.CONT:
        return "last fragment" if frame.fin else "fragment"
    packed = ", compressed" if event.item.inflated is not None else ""
    return f"{event.name}{' frame' if frame.fin else ', first fragment'}{packed}"


def preview(trace: Trace, event: Event) -> str:
    """Return a few words on what an event holds, on one line and without secrets."""
    match event.item:
        case HandshakeItem(head=head):
            return one_line(redact_target(head.start_line))
        case FrameItem() as item if is_opened(trace):
            return _frame_preview(item.frame, item)
        case FrameItem():
            return TOO_EARLY
        case Ended(how="reset"):
            return "The TCP connection was reset."
        case Ended():
            return "This side sends nothing more (TCP FIN)."
        case _:
            return _text_or_hex(shown_bytes(trace, event, 4 * PREVIEW_LIMIT))


def is_opened(trace: Trace) -> bool:
    """Say whether the server has agreed to a WebSocket connection: only then frames are frames."""
    return trace.response is not None and trace.response.status == 101


def shown_bytes(trace: Trace, event: Event, limit: int) -> bytes:
    """Return the first `limit` bytes of an event's item, with "*" for each byte of a secret.

    A secret line may have begun in the bytes before.
    """
    start, end = event.item.start, event.item.end
    first, past = max(0, start - CONTEXT), min(end, start + limit)
    return redact_bytes(trace.data_from(event.sender, first, past))[start - first :]


def finds(trace: Trace, event: Event, text: str) -> bool:
    """Say whether an event holds a text, in any case, or the bytes that it writes in hex."""
    match event.item:
        case FrameItem(frame=frame, inflated=inflated, whole=whole) as item if is_opened(trace):
            shown, forms = item.raw, [frame.payload, inflated or b"", whole or b""]
        case _:
            shown = shown_bytes(trace, event, CONTEXT)
            forms = [shown]
    if any(text.casefold() in form.decode("utf-8", "replace").casefold() for form in forms):
        return True
    with suppress(ValueError):
        return len(text) > 1 and bytes.fromhex(text) in shown
    return False


def one_line(text: str, limit: int = PREVIEW_LIMIT) -> str:
    r"""Return text on one line; what cannot be printed is written as `\n` or `\u202e`."""
    cut = text[:limit] + ("…" if len(text) > limit else "")
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def static_table(rows: Sequence[Row], first: int = 1) -> dict[str, str]:
    """Return rows, from number `first` on, as text and as HTML for readers without a kernel."""
    if not rows:
        return show.bundle(EMPTY, f"<p>{EMPTY}</p>")
    caption = f"On the wire, in order of time: {show.count(len(rows), 'row')}"
    cells = list(map(_cells, count(first), rows, [rows[0], *rows]))
    return show.table(caption, HEADS, cells, code=(7,))


def _cells(number: int, row: Row, before: Row) -> tuple[str, ...]:
    since = f"{row['ms'] - before['ms']:+.1f} ms"
    words = (row["label"], ARROWS[row["sender"]], row["name"], f"{row['size']:,}", row["chunk"])
    content = f"problem: {row['problem']}" if "problem" in row else row["preview"]
    return str(number), since, *words, content, row.get("cause", "")


def _frame_preview(frame: Frame, item: FrameItem) -> str:
    if frame.close_code is not None:
        name = close_code_info(frame.close_code).name
        return one_line(f"{name}: “{frame.close_reason}”" if frame.close_reason else name)
    if frame.opcode == Opcode.CONT and isinstance(item.message, str):
        return one_line(f"final fragment of: {item.message}")
    payload = frame.payload if item.inflated is None else item.inflated
    if frame.opcode == Opcode.BINARY or (frame.rsv1 and item.inflated is None):
        return show.hex_bytes(payload, 16)
    return _text_or_hex(payload)


def _text_or_hex(payload: bytes) -> str:
    if payload.startswith(b"{") and len(payload) < CONTEXT and (words := json_words(payload)):
        return one_line(words)
    head = payload[: 4 * PREVIEW_LIMIT]
    try:
        return one_line(head.decode("utf-8"))
    except UnicodeDecodeError as error:
        # A fragment, or this preview, may end inside a character; it is text all the same.
        if error.start and error.start >= len(head) - 3:
            return one_line(head[: error.start].decode("utf-8") + "…")
        return show.hex_bytes(payload, 16)


def json_words(data: bytes) -> str:
    """Return a JSON message in words, such as `say “Halo”`; empty if it has no "type"."""
    try:
        fields = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return ""
    kind, name, text = (fields.pop(key, None) for key in ("type", "name", "text"))
    if not isinstance(kind, str):
        return ""
    first = [kind, name if isinstance(name, str) else "", f"“{text}”" if text is not None else ""]
    rest = (_field_words(*field) for field in fields.items() if field[0] not in UNSAID)
    return "; ".join(filter(None, [" ".join(filter(None, first)), *rest]))


def _field_words(name: str, value: object) -> str:
    match value:
        case bool():
            return f"{name}: {'yes' if value else 'no'}"
        case str() | int() | float() if value != "":
            return f"{name}: {value}"
        case list() if value and all(isinstance(each, str) for each in value):
            return f"{name}: {', '.join(value)}"
    return ""
