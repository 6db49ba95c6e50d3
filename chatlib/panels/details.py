"""What the wire panel shows of a chosen row: where it stands, problems, bytes, and their meaning.

Answers are dictionaries of words and numbers, safe to be shown: nothing in them is secret. How
they are drawn is the browser's part. This module knows no widgets.
"""

from __future__ import annotations

from typing import Any

from chatlib.panels.frame_details import frame_details
from chatlib.panels.handshake_details import handshake_details
from chatlib.panels.wire_rows import began, is_opened, shown_bytes
from chatlib.wire.events import Ended, Event, FrameItem, HandshakeItem, Item
from chatlib.wire.rules import Problem, close_code_info
from chatlib.wire.trace import Trace

Details = dict[str, Any]

HEX_LIMIT = 4096  # bytes of one row shown in hex


def details_of(trace: Trace, number: int) -> Details:
    """Return everything that is shown when the row of event `number` is chosen.

    Of an event that the trace does not have, or keeps no longer, it is a sentence in "gone".
    """
    try:
        event = trace.event(number)
    except LookupError as error:
        return {"gone": str(error)}
    item, chunks = event.item, trace.chunks_of(event)
    return {
        "name": event.name,
        "sender": event.sender,
        "ends": [trace.name, trace.client, trace.server],
        "passed": round((event.time - began(trace)) * 1000, 1),
        "start": item.start,
        "size": item.end - item.start,
        "chunks": [[c.number, len(c.data), max(0, c.start - item.start)] for c in chunks],
        "cause": event.cause,
        "note": event.note or "",
        "problems": [_problem(problem, item) for problem in item.problems],
        **_of_item(trace, event),
    }


def _of_item(trace: Trace, event: Event) -> Details:
    match event.item:
        case Ended():
            return {"hex": ""}
        case FrameItem() as item if is_opened(trace):
            return {"hex": item.raw[:HEX_LIMIT].hex(), **frame_details(trace, event, item)}
        case HandshakeItem() as item:
            shown = handshake_details(trace, item)
        case _:
            shown = {"hidden": "Secrets, if there are any, are replaced by *."}
    return {"hex": shown_bytes(trace, event, HEX_LIMIT).hex(), **shown}


def _problem(problem: Problem, item: Item | Ended) -> Details:
    where = f"{problem.section}, at byte {problem.offset - item.start} of this row"
    if problem.close_code is None:
        return {"rule": problem.rule, "where": where}
    name = close_code_info(problem.close_code).name
    consequence = f"An endpoint that notices closes with {problem.close_code} ({name})."
    return {"rule": f"{problem.rule} {consequence}", "where": where}
