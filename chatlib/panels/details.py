"""What the wire panel shows of a chosen row: facts, problems, bytes, and what these mean.

Answers are dictionaries of words and numbers, ready to be shown and safe to be shown: nothing in
them is secret. This module knows no widgets.
"""

from __future__ import annotations

from typing import Any

from chatlib.panels.frame_details import frame_details
from chatlib.panels.handshake_details import handshake_details
from chatlib.panels.wire_rows import ARROWS, began, is_opened, shown_bytes
from chatlib.wire import show
from chatlib.wire.events import Ended, Event, FrameItem, HandshakeItem, Item
from chatlib.wire.records import Chunk
from chatlib.wire.rules import Problem, close_code_info
from chatlib.wire.trace import Trace

Details = dict[str, Any]

HEX_LIMIT = 4096  # bytes of one row shown in hex


def details_of(trace: Trace, number: int) -> Details:
    """Return everything that is shown when the row of event `number` is chosen.

    Raises:
        LookupError: If the trace has no such event, or keeps it no longer.
    """
    event = trace.event(number)
    return {
        **without_details(f"Row {event.number}: {event.name}, {ARROWS[event.sender]}"),
        "facts": _facts(trace, event),
        "problems": [_problem(problem, event.item) for problem in event.item.problems],
        "chunks": [_chunk(chunk, event.item) for chunk in trace.chunks_of(event)],
        **_of_item(trace, event),
    }


def without_details(title: str, *facts: tuple[str, str]) -> Details:
    """Return an answer that shows a title and facts, but no bytes."""
    return {
        "title": title,
        "facts": list(facts),
        "problems": [],
        "chunks": [],
        "hex": "",
        "hexTitle": "",
        "notes": [],
        "fields": [],
        "fieldHeads": [],
        "frame": False,
        "absent": "",
        "tables": [],
    }


def _of_item(trace: Trace, event: Event) -> Details:
    match event.item:
        case Ended():
            return {}
        case HandshakeItem() as item:
            return _hex(trace, event, handshake_details(trace, item))
        case FrameItem() as item if is_opened(trace):
            return _hex(trace, event, frame_details(trace, event, item))
        case _:
            return _hex(trace, event, {"notes": ["Secrets, if there are any, are replaced by *."]})


def _hex(trace: Trace, event: Event, details: Details) -> Details:
    """Add the bytes to an answer: at most `HEX_LIMIT`, and none that is secret."""
    size = event.item.end - event.item.start
    if isinstance(event.item, FrameItem) and is_opened(trace):
        shown = event.item.raw[:HEX_LIMIT]
    else:
        shown = shown_bytes(trace, event, HEX_LIMIT)
    notes = details.get("notes", [])
    if size > HEX_LIMIT:
        notes = [*notes, f"{show.count(size - HEX_LIMIT, 'more byte')} not shown here."]
    title = f"Bytes on the wire: {show.count(size, 'byte')}"
    return {**details, "hex": shown.hex(), "hexTitle": title, "notes": notes}


def _facts(trace: Trace, event: Event) -> list[tuple[str, str]]:
    chunks = trace.chunks_of(event)
    passed = (event.time - began(trace)) * 1000
    facts = [
        ("Connection", f"{trace.name}: client {trace.client}, server {trace.server}"),
        ("Time", f"{passed:.1f} ms after the connection began"),
    ]
    if chunks:
        facts.append(("Starts at", f"byte {event.item.start:,} of what the {event.sender} sent"))
        facts.append(("Carried by", "; ".join(map(_chunk_words, chunks[:4])) + _rest(chunks)))
    if event.cause:
        facts.append(("Caused by", event.cause))
    if event.note:
        facts.append(("Note", event.note))
    return facts


def _rest(chunks: list[Chunk]) -> str:
    return f" and {len(chunks) - 4} more chunks" if len(chunks) > 4 else ""


def _chunk_words(chunk: Chunk) -> str:
    return f"chunk {chunk.number} ({show.count(len(chunk.data), 'byte')})"


def _chunk(chunk: Chunk, item: Item | Ended) -> Details:
    return {"number": chunk.number, "first": max(0, chunk.start - item.start)}


def _problem(problem: Problem, item: Item | Ended) -> Details:
    where = f"{problem.section}, at byte {problem.offset - item.start} of this row"
    if problem.close_code is None:
        return {"title": "broken rule", "rule": problem.rule, "where": where}
    name = close_code_info(problem.close_code).name
    consequence = f"An endpoint that notices closes with {problem.close_code} ({name})."
    return {"title": "broken rule", "rule": f"{problem.rule} {consequence}", "where": where}
