"""Connections of the wire panel as files: for the learner to keep, and for other programs.

Secrets of the heads are hidden by the traces themselves. This module knows no widgets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatlib.wire.pcapng import dump
from chatlib.wire.trace import Trace, save_traces


def file_of(traces: Sequence[Trace], form: str) -> tuple[str, str, bytes]:
    """Return connections as a file: its name, its media type, and its content.

    The form is "json", which the panel opens again, or "pcapng", which Wireshark opens.

    Raises:
        ValueError: If there is no connection.
    """
    if not traces:
        raise ValueError("There is no connection to save yet: let a client connect first.")
    words = traces[0].name if len(traces) == 1 else f"{len(traces)} connections"
    # A name that every system allows.
    stem = "-".join(["wire", *re.findall(r"\w+", words, re.ASCII)])[:60]
    name = f"{stem}.{form}"
    if form == "json":
        return name, "application/json", save_traces(traces).encode()
    return name, "application/x-pcapng", dump(trace.recording() for trace in traces)
