"""The close codes of RFC 6455 §7.4 and of the IANA registry that continues it."""

from __future__ import annotations

from typing import NamedTuple

from websockets.frames import CloseCode


class CloseCodeInfo(NamedTuple):
    """What is known about one close code."""

    name: str
    meaning: str
    may_travel: bool


CLOSE_CODES: dict[int, CloseCodeInfo] = {
    CloseCode.NORMAL_CLOSURE: CloseCodeInfo(
        "normal closure", "The connection has done what it was opened for.", True
    ),
    CloseCode.GOING_AWAY: CloseCodeInfo(
        "going away", "The server is stopping, or the user left the page.", True
    ),
    CloseCode.PROTOCOL_ERROR: CloseCodeInfo(
        "protocol error", "The peer broke a rule of the WebSocket protocol.", True
    ),
    CloseCode.UNSUPPORTED_DATA: CloseCodeInfo(
        "unsupported data",
        "The message is of a type this endpoint does not accept, such as binary instead of text.",
        True,
    ),
    1004: CloseCodeInfo("reserved", "This code is reserved and has no meaning yet.", False),
    CloseCode.NO_STATUS_RCVD: CloseCodeInfo(
        "no status received", "The close frame that came in held no close code.", False
    ),
    CloseCode.ABNORMAL_CLOSURE: CloseCodeInfo(
        "abnormal closure", "The connection ended without any close frame.", False
    ),
    CloseCode.INVALID_DATA: CloseCodeInfo(
        "invalid payload data",
        "The content of a message does not fit its type, such as text that is not UTF-8.",
        True,
    ),
    CloseCode.POLICY_VIOLATION: CloseCodeInfo(
        "policy violation", "A message breaks a rule that this endpoint set for itself.", True
    ),
    CloseCode.MESSAGE_TOO_BIG: CloseCodeInfo(
        "message too big", "A message is larger than this endpoint accepts.", True
    ),
    CloseCode.MANDATORY_EXTENSION: CloseCodeInfo(
        "mandatory extension", "The client needs an extension that the server did not agree.", True
    ),
    CloseCode.INTERNAL_ERROR: CloseCodeInfo(
        "internal error", "The server met an error of its own and cannot go on.", True
    ),
    CloseCode.SERVICE_RESTART: CloseCodeInfo(
        "service restart", "The server restarts. The client may connect again soon.", True
    ),
    CloseCode.TRY_AGAIN_LATER: CloseCodeInfo(
        "try again later", "The server is overloaded. The client may connect again later.", True
    ),
    CloseCode.BAD_GATEWAY: CloseCodeInfo(
        "bad gateway", "A gateway got an invalid answer from the server behind it.", True
    ),
    CloseCode.TLS_HANDSHAKE: CloseCodeInfo(
        "TLS handshake", "The TLS handshake failed, so no connection was opened.", False
    ),
}

# RFC 6455 §7.4.2, range by range: (first, last, what all codes of it have in common).
_RANGES = [
    (0, 999, CloseCodeInfo("not used", "Codes below 1000 are not used.", False)),
    (
        1000,
        2999,
        CloseCodeInfo("unassigned", "This code is kept for later versions of the protocol.", False),
    ),
    (
        3000,
        3999,
        CloseCodeInfo("registered", "This code belongs to a library or framework.", True),
    ),
    (
        4000,
        4999,
        CloseCodeInfo("private use", "The two endpoints agreed on a meaning of their own.", True),
    ),
]
_OUTSIDE = CloseCodeInfo("out of range", "Close codes end at 4999.", False)


def close_code_info(code: int) -> CloseCodeInfo:
    """Return name, meaning and "may it travel in a close frame?" of any number (RFC 6455 §7.4)."""
    if code in CLOSE_CODES:
        return CLOSE_CODES[code]
    return next((info for first, last, info in _RANGES if first <= code <= last), _OUTSIDE)
