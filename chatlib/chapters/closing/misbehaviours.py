"""The table of misbehaviours: the bytes that each one sends, and the rule that it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from websockets.frames import Opcode

from chatlib.wire.frames import Frame, Side
from chatlib.wire.handshake import accept_value

GOES_ON: Final = "it goes on as always"
LEAVES: Final = "the client leaves"
# A message that the chat understands: whoever lets the misbehaviour pass answers it.
MESSAGE = b'{"type": "join", "name": "Rule breaker"}'
MASKING_KEY = bytes.fromhex("37fa213d")  # RFC 6455 §5.7
# Bytes: more than the 65,536 that the chat accepts.
TOO_MUCH = 70_000
REQUEST = (
    "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
KEY_LINE = "Sec-WebSocket-Key: {key}\r\n"


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One way to break a rule.

    Attributes:
        name: What to call it.
        rule: The rule, as RFC 6455 says it.
        section: Where it is written.
        expected: What a strict other side does, one of `outcomes`.
        frames: The frames that follow a handshake without fault.
        data: Bytes that follow it instead of frames, as they are.
        replace: What is replaced in the request, by what.
        breaker: Who breaks the rule; the server sends a response of its own.
        leeway: What to say of another side that does something else.
    """

    name: str
    rule: str
    section: str
    expected: str
    frames: tuple[Frame, ...] = ()
    replace: tuple[str, str] | None = None
    breaker: Side = "client"
    leeway: str = ""
    data: bytes = b""

    @property
    def sent_bytes(self) -> bytes:
        """What follows the handshake."""
        return self.data or b"".join(frame.encode() for frame in self.frames)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What the other side may do, to choose from."""
        if self.breaker == "server":
            return ("close 1002", LEAVES, GOES_ON)
        if self.replace:
            return ("status 400", "status 426", GOES_ON)
        return ("close 1002", "close 1007", "close 1009", GOES_ON)

    def request(self, host: str, key: str) -> bytes:
        """Return the head of the request with which the misbehaving client begins."""
        text = REQUEST.replace(*self.replace) if self.replace else REQUEST
        return text.format(host=host, key=key).encode()

    def response(self, key: str) -> bytes:
        """Return the head with which the misbehaving server answers: it mixes up two keys."""
        accept = accept_value(key.swapcase())
        return (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
        ).encode()

    @property
    def shown_bytes(self) -> bytes:
        """What makes the difference: the frames, or else the head with an example of a key."""
        if self.frames or self.data:
            return self.sent_bytes
        key = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3
        if self.breaker == "server":
            return self.response(key)
        return self.request("127.0.0.1", key)


def _masked(opcode: int, payload: bytes, **options: Any) -> Frame:
    return Frame(opcode, payload, masking_key=MASKING_KEY, **options)


_CONTROL = (
    "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
)
_UTF8 = (
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is "
    "not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."
)

_TABLE = (
    Misbehaviour(
        "a frame without a mask",
        "The server MUST close the connection upon receiving a frame that is not masked.",
        "RFC 6455 §5.1",
        "close 1002",
        (Frame(Opcode.TEXT, MESSAGE),),
    ),
    Misbehaviour(
        "a reserved bit is 1",
        "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values.",
        "RFC 6455 §5.2",
        "close 1002",
        (_masked(Opcode.TEXT, MESSAGE, rsv2=True),),
    ),
    Misbehaviour(
        "an opcode without a meaning",
        "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket "
        "Connection_.",
        "RFC 6455 §5.2",
        "close 1002",
        (_masked(3, MESSAGE),),
    ),
    Misbehaviour(
        "a ping in two fragments",
        _CONTROL,
        "RFC 6455 §5.5",
        "close 1002",
        (_masked(Opcode.PING, b"are you ", fin=False), _masked(Opcode.CONT, b"there?")),
    ),
    Misbehaviour(
        "a ping of 126 bytes",
        _CONTROL,
        "RFC 6455 §5.5",
        "close 1002",
        (_masked(Opcode.PING, b"x" * 126),),
    ),
    Misbehaviour(
        "half a letter in one fragment, no other half in the next",
        _UTF8,
        "RFC 6455 §8.1",
        "close 1007",
        (
            # C3 begins a letter of two bytes, and 28 cannot be its second one.
            _masked(Opcode.TEXT, b"Selamat \xc3", fin=False),
            _masked(Opcode.CONT, b"\x28 pagi"),
        ),
    ),
    Misbehaviour(
        f"a message of {TOO_MUCH:,} bytes",
        "Implementations that have implementation- and/or platform-specific limitations regarding "
        "the frame size or total message size after reassembly from multiple frames MUST protect "
        "themselves against exceeding those limits.",
        "RFC 6455 §10.4",
        "close 1009",
        (_masked(Opcode.TEXT, MESSAGE.ljust(TOO_MUCH)),),
    ),
    Misbehaviour(
        "the close code 1005",
        "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame "
        "by an endpoint.",
        "RFC 6455 §7.4.1",
        "close 1002",
        (_masked(Opcode.CLOSE, (1005).to_bytes(2, "big")),),
    ),
    Misbehaviour(
        "a length in more bytes than it needs",
        "Note that in all cases, the minimal number of bytes MUST be used to encode the length.",
        "RFC 6455 §5.2",
        "close 1002",
        (_masked(Opcode.TEXT, MESSAGE, length_bits=16),),
        leeway="The rule is for the side that sends. RFC 6455 does not say what the other side "
        "must do: some close with 1002, others read it all the same.",
    ),
    Misbehaviour(
        "a request for version 12",
        "If this version does not match a version understood by the server, the server MUST abort "
        "the WebSocket handshake described in this section and instead send an appropriate HTTP "
        "error code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header field "
        "indicating the version(s) the server is capable of understanding.",
        "RFC 6455 §4.2.2",
        "status 426",
        replace=("Version: 13", "Version: 12"),
        leeway="The status is free (“such as”). But the answer must name the versions that the "
        "server understands: look for Sec-WebSocket-Version in its head.",
    ),
    Misbehaviour(
        "a request without a key",
        "If the server, while reading the handshake, finds that the client did not send a "
        "handshake that matches the description below […], the server MUST stop processing the "
        "client's handshake and return an HTTP response with an appropriate error code (such as "
        "400 Bad Request).",
        "RFC 6455 §4.2.1",
        "status 400",
        replace=(KEY_LINE, ""),
    ),
    Misbehaviour(
        "a server that sends a wrong accept value",
        "If the response lacks a |Sec-WebSocket-Accept| header field or the "
        "|Sec-WebSocket-Accept| contains a value other than the [expected one], the client MUST "
        "_Fail the WebSocket Connection_.",
        "RFC 6455 §4.1",
        LEAVES,
        breaker="server",
    ),
)

MISBEHAVIOURS = {misbehaviour.name: misbehaviour for misbehaviour in _TABLE}
