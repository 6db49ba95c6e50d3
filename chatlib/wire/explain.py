"""Every field, header, close code and signal: what it means, in one plain sentence.

Words only: nothing here decides what is right or wrong. Why a value is so is `reasons`' part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from websockets.frames import Opcode

from chatlib.wire.close_codes import CLOSE_CODES, CloseCodeInfo, close_code_info
from chatlib.wire.deflate import split_extensions
from chatlib.wire.events import Signal
from chatlib.wire.frames import Field, Frame, Side
from chatlib.wire.show import count

__all__ = [
    "CLOSE_CODES",
    "CloseCodeInfo",
    "Sent",
    "close_code_info",
    "explain",
    "explain_close",
    "explain_header",
    "explain_signal",
]

_OPCODES = {
    Opcode.CONT: "a continuation frame: the next fragment of the message before it",
    Opcode.TEXT: "a text frame: the payload is text in UTF-8",
    Opcode.BINARY: "a binary frame: the payload is bytes that only the application understands",
    Opcode.CLOSE: "a close frame: its sender wants to end the connection, or agrees to end it",
    Opcode.PING: "a ping frame: the other side must answer with a pong",
    Opcode.PONG: "a pong frame: the answer to a ping, with the same payload",
}

_HEADERS = {
    "host": "Names the server that the client wants to reach; one machine may serve many names.",
    "upgrade": '"websocket" means: after this handshake, speak WebSocket instead of HTTP.',
    "connection": '"Upgrade" means: the Upgrade header is meant for the next machine on the way.',
    "sec-websocket-key": "16 random bytes in base64; the server must prove that it read them.",
    "sec-websocket-accept": "Proves that the server read the key: SHA-1 of key and GUID in base64.",
    "sec-websocket-version": "The version of the WebSocket protocol; RFC 6455 is version 13.",
    "sec-websocket-protocol": "Subprotocols: the client offers some, and the server chooses one.",
    "sec-websocket-extensions": "Extensions: the client offers some, the server agrees to some.",
    "origin": "The web page that opened the connection; a server can refuse foreign pages.",
    "user-agent": "The program that sent the request.",
    "server": "The program that sent the response.",
    "date": "When the response was made.",
    "cookie": "What the server asked the browser to remember; it is secret, so it is hidden here.",
    "set-cookie": "Asks the browser to remember a value; it is secret, so it is hidden here.",
    "authorization": "Proves who the client is; it is secret, so it is hidden here.",
    "proxy-authorization": "Proves to a proxy who the client is; it is secret, so it is hidden.",
    "content-length": "How many bytes of content follow the head.",
    "content-type": "What kind of content follows the head.",
    "location": "Another address, where the client should try.",
    "referer": "The page from which the request came.",
    "accept-encoding": "The kinds of compression that the client can read in an HTTP response.",
    "accept-language": "The languages that the user prefers.",
    "cache-control": "Says whether this may be stored and used again.",
    "pragma": "An old way to say whether this may be stored and used again.",
    "allow": "The methods that the server accepts; an opening handshake needs GET.",
}


_SIGNALS: dict[Signal, str] = {
    "accepted": "the server answered 101, and the client may use the connection",
    "refused": "the server gave another answer than 101, or one that the client must not accept",
    "close frame": "one side sent the first close frame",
    "half end": "one side ended its direction of the TCP connection",
    "end": "both directions of the TCP connection have ended, or a reset ended it",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame, and what must be known of its connection to explain it.

    Attributes:
        frame: The frame.
        sender: Who sent it; None if that is not known.
        deflate: Whether permessage-deflate was agreed, which gives RSV1 a meaning (RFC 7692 §6).
    """

    frame: Frame
    sender: Side | None = None
    deflate: bool = False

    @property
    def compressed(self) -> bool:
        """Whether RSV1 says that a compressed message begins here."""
        return self.deflate and self.frame.rsv1 and self.begins_message

    @property
    def begins_message(self) -> bool:
        """Whether this is the first frame of a message."""
        return self.frame.opcode in (Opcode.TEXT, Opcode.BINARY)


def explain(
    field: Field, frame: Frame, sender: Side | None = None, *, deflate: bool = False
) -> str:
    """Return what this field's value means in this frame, in one sentence.

    Args:
        field: One of `frame.fields()`.
        frame: The frame it belongs to.
        sender: Who sent the frame, if known.
        deflate: Whether permessage-deflate was agreed in the opening handshake.
    """
    return _FIELDS[field.name](field, Sent(frame, sender, deflate))


def explain_signal(signal: Signal) -> str:
    """Return what must happen for a signal of `chatlib.wire.events.TRANSITIONS`, in words."""
    return _SIGNALS[signal]


def explain_close(code: int | None) -> str:
    """Return what a close code means, in one sentence or two; None stands for no code."""
    if code is None:
        return "No close code was sent; the application sees 1005."
    info = close_code_info(code)
    return f"Close code {code} ({info.name}): {info.meaning}"


def explain_header(name: str, value: str = "") -> str:
    """Return what a handshake header is for, in one sentence; never repeats a secret."""
    lowered = name.strip().lower()
    if lowered == "sec-websocket-extensions" and _offers_deflate(value):
        return "permessage-deflate: messages may be compressed (RFC 7692)."
    return _HEADERS.get(lowered, "Has no meaning for the WebSocket protocol.")


def _offers_deflate(value: str) -> bool:
    return any(extension == "permessage-deflate" for extension, _ in split_extensions(value))


def _fin(field: Field, sent: Sent) -> str:
    if not field.value:
        return "0 means: more fragments of this message follow."
    if sent.frame.is_control:
        return "1 means: the frame is whole; control frames are never fragmented."
    if sent.frame.opcode == Opcode.CONT:
        return "1 means: this is the final fragment of the message."
    return "1 means: this one frame holds the whole message."


def _rsv1(field: Field, sent: Sent) -> str:
    if not sent.deflate:
        return _reserved(field, sent)
    if field.value:
        if sent.begins_message:
            return "1 means: this message is compressed with permessage-deflate."
        return "1 is an error: only the first frame of a message may say that it is compressed."
    if sent.begins_message:
        return "0 means: this message is not compressed."
    return "0 is right here: only the first frame says whether a message is compressed."


def _reserved(field: Field, _: Sent) -> str:
    if field.value:
        return "1 is an error: no extension was agreed that gives this bit a meaning."
    return "0 means: not used; the bit is reserved for extensions."


def _opcode(_: Field, sent: Sent) -> str:
    opcode = sent.frame.opcode
    if opcode in _OPCODES:
        return f"{opcode} means: {_OPCODES[Opcode(opcode)]}."
    return f"{opcode} means nothing yet: this opcode is reserved."


def _mask(field: Field, sent: Sent) -> str:
    if field.value:
        meaning = "1 means: the payload is masked"
        wrong = "which a server must never do." if sent.sender == "server" else ""
        return f"{meaning}, {wrong or 'and the masking key stands before it.'}"
    meaning = "0 means: the payload is not masked"
    wrong = "but a client must mask every frame." if sent.sender == "client" else ""
    return f"{meaning}, {wrong or 'and there is no masking key.'}"


def _length(field: Field, sent: Sent) -> str:
    if field.value == 126:
        return "126 means: the real length stands in the next 16 bits."
    if field.value == 127:
        return "127 means: the real length stands in the next 64 bits."
    return f"The payload has {count(len(sent.frame.payload), 'byte')}."


def _extended(field: Field, sent: Sent) -> str:
    return (
        f"The payload has {count(len(sent.frame.payload), 'byte')}, written in {field.bits} bits."
    )


def _key(_: Field, __: Sent) -> str:
    return "Byte i of the payload is XORed with byte i mod 4 of this key, new for each frame."


def _payload(_: Field, sent: Sent) -> str:
    masked = "Masked on the wire; unmasked: " if sent.frame.masking_key is not None else ""
    return masked + _content(sent)


def _content(sent: Sent) -> str:
    frame = sent.frame
    if frame.close_code is not None:
        reason = "and a reason" if frame.close_reason else "without a reason"
        return f"close code {frame.close_code} in the first 2 bytes, {reason}."
    if sent.compressed:
        return "compressed data (DEFLATE)."
    if frame.is_control:
        return f"{count(len(frame.payload), 'byte')} that belong to the {frame.kind}."
    meanings = {Opcode.TEXT: "text in UTF-8.", Opcode.BINARY: "bytes for the application."}
    if frame.opcode in meanings:
        return meanings[Opcode(frame.opcode)]
    return "a part of what the first frame of the message began."


_FIELDS: dict[str, Callable[[Field, Sent], str]] = {
    "FIN": _fin,
    "RSV1": _rsv1,
    "RSV2": _reserved,
    "RSV3": _reserved,
    "opcode": _opcode,
    "MASK": _mask,
    "payload length": _length,
    "extended payload length": _extended,
    "masking key": _key,
    "payload": _payload,
}
