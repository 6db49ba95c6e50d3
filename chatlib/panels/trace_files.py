"""Connections of the wire panel as files: for the learner to keep, and for other programs.

Secrets of the heads are hidden by the traces themselves. This module knows no widgets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chatlib.wire.pcapng import dump
from chatlib.wire.trace import Trace, save_traces


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A file that the browser saves.

    Attributes:
        name: What to call it.
        type: Its media type.
        data: Its content.
    """

    name: str
    type: str
    data: bytes = field(repr=False)


def file_of(traces: Sequence[Trace], form: str) -> TraceFile:
    """Return connections as a file.

    Args:
        traces: The connections, at least one.
        form: "json", which the panel opens again, or "pcapng", which Wireshark opens.

    Raises:
        ValueError: If there is no connection.
        KeyError: If there is no such form.
    """
    if not traces:
        raise ValueError("There is no connection to save yet: let a client connect first.")
    media_type, write = _FORMS[form]
    return TraceFile(f"{_stem(traces)}.{form}", media_type, write(traces))


def _as_json(traces: Sequence[Trace]) -> bytes:
    return save_traces(traces).encode()


def _as_pcapng(traces: Sequence[Trace]) -> bytes:
    return dump(trace.recording() for trace in traces)


def _stem(traces: Sequence[Trace]) -> str:
    """Return the first part of a file name that every system allows."""
    words = traces[0].name if len(traces) == 1 else f"{len(traces)} connections"
    return "-".join(["wire", *re.findall(r"\w+", words, re.ASCII)])[:60]


_FORMS: dict[str, tuple[str, Callable[[Sequence[Trace]], bytes]]] = {
    "json": ("application/json", _as_json),
    "pcapng": ("application/x-pcapng", _as_pcapng),
}
