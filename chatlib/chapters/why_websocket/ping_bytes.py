"""An exercise: what the pings of a silent connection cost."""

from __future__ import annotations

from chatlib.questions.checks import check_value
from chatlib.questions.report import Report
from chatlib.wire.frames import Frame

PAYLOAD, A_MINUTE = b"beat", 3  # a ping of four bytes every 20 seconds, as websockets sends it


def check_ping_bytes(answer: object) -> Report:
    """Check how many bytes the pings and pongs of one silent minute have, both ways together."""
    ping = Frame(9, PAYLOAD, masking_key=b"mask")
    pong = Frame(10, PAYLOAD)
    return check_value(
        "bytes of pings and pongs in a minute",
        answer,
        A_MINUTE * (len(ping.encode()) + len(pong.encode())),
        hint="Header, masking key (the client's frame only) and payload; three times a minute.",
    )
