"""Which bytes of a trace a panel may show as they are, and the others with their secrets hidden.

A head may hold cookies, authorisation and tokens. So may bytes that look like something else: a
second head behind the first, a head that is not valid, the content of a response.
"""

from __future__ import annotations

from chatlib.wire.events import Event
from chatlib.wire.redaction import redact_bytes
from chatlib.wire.trace import Trace

# Bytes before an item that may hold the start of a secret line: the longest head there is.
_CONTEXT = 65_536


def is_opened(trace: Trace) -> bool:
    """Say whether the server has agreed to a WebSocket connection: only then frames are frames."""
    return trace.response is not None and trace.response.status == 101


def shown_bytes(trace: Trace, event: Event, limit: int) -> bytes:
    """Return the first `limit` bytes of an event's item, with "*" for each byte of a secret.

    A secret line may have begun in the bytes before.
    """
    start, end = event.item.start, event.item.end
    first, past = max(0, start - _CONTEXT), min(end, start + limit)
    return redact_bytes(trace.data_from(event.sender, first, past))[start - first :]
