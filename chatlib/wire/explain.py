"""Every field of a frame and every line of a head: what its value means, and why it is so here.

Every sentence follows from the frame or the line, from who sent it, and from what the opening
handshake agreed on. What breaks a rule is said in the words of `chatlib.wire.rules`.
"""

from __future__ import annotations

from typing import NamedTuple

from websockets.frames import Opcode

from chatlib.wire.deflate import split_extensions
from chatlib.wire.frames import Field, Frame, Side
from chatlib.wire.rules import close_code_info, frame_problems
from chatlib.wire.show import count


class Words(NamedTuple):
    """What a value means, and why it is so: in one sentence, and in one or two."""

    meaning: str
    why: str


_OPCODES: dict[int, str] = {
    Opcode.CONT: "a continuation frame: the next fragment of the message before it",
    Opcode.TEXT: "a text frame: the payload is text in UTF-8",
    Opcode.BINARY: "a binary frame: the payload is bytes that only the application understands",
    Opcode.CLOSE: "a close frame: its sender wants to end the connection, or agrees to end it",
    Opcode.PING: "a ping frame: the other side must answer with a pong",
    Opcode.PONG: "a pong frame: the answer to a ping, with the same payload",
}
_OPCODE_REASONS: dict[int, str] = {
    Opcode.CONT: "An earlier frame said what kind of message this is, so the later ones say 0.",
    Opcode.TEXT: "Its sender had text to send: a str, in Python's words.",
    Opcode.BINARY: "Its sender had bytes to send, and did not call them text.",
    Opcode.CLOSE: "Each side sends one close frame: to begin the closing handshake, or to answer.",
    Opcode.PING: "Its sender wants to know whether the other side still answers.",
    Opcode.PONG: "A ping came before; if none did, its sender only says that it is still there.",
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
# A header Connection that does not name Upgrade, as in a refusal.
_NO_UPGRADE = (
    "Says what becomes of this TCP connection after the response.",
    "It does not name Upgrade, so the protocol stays HTTP.",
)
# The headers that an opening handshake needs, or may have.
_HEADER_REASONS = {
    "host": "Every HTTP/1.1 request must name the host (RFC 6455 §4.1).",
    "upgrade": "Without it, this would be plain HTTP; both sides must say it.",
    "connection": "Upgrade alone is not enough: the header Connection must name it.",
    "sec-websocket-key": "The client chose these bytes at random, new for each connection.",
    "sec-websocket-version": "A server that does not speak this version must refuse.",
    "sec-websocket-accept": "It follows from the key that the client sent; the table shows how.",
    "sec-websocket-protocol": "The client may offer some; the server may choose one of them.",
    "sec-websocket-extensions": "An extension is in use only if both heads name it.",
    "origin": "A browser adds it, and the page cannot change it.",
}

_STARTS = (Opcode.TEXT, Opcode.BINARY)
_RESERVED = (
    (
        "0 means: not used; the bit is reserved for extensions.",
        "The opening handshake agreed on no extension that uses this bit.",
    ),
    ("1 is an error: the bit is reserved for extensions.", ""),
)
_MASK = (
    "0 means: the payload is not masked, and there is no masking key.",
    "1 means: the payload is masked, and the masking key stands before it.",
)
_MASK_REASONS = {
    "client": "A client sent this, and a client must mask every frame.",
    "server": "A server sent this, and a server must not mask a frame.",
    None: "A client masks every frame, and a server masks none (RFC 6455 §5.1).",
}
_MASKING_KEY = (
    "Byte i of the payload is XORed with byte i mod 4 of this key, new for each frame.",
    "MASK is 1, so a key must follow. Its sender made it at random, for this frame alone.",
)


def explain(
    field: Field, frame: Frame, sender: Side | None = None, *, deflate: bool = False
) -> Words:
    """Return what the value of one of a frame's fields means, and why it is so.

    With `deflate`, the opening handshake agreed on permessage-deflate, which gives RSV1 a meaning
    (RFC 7692 §6).
    """
    meaning, why = _words(field, frame, sender, deflate)
    for problem in frame_problems(frame, sender=sender, deflate=deflate):
        if problem.field == field.name:
            why = f"{problem.rule} Its sender breaks a rule ({problem.section})."
    return Words(meaning, why)


def explain_close(code: int | None) -> str:
    """Return what a close code means, in one sentence or two; None stands for no code."""
    if code is None:
        return "No close code was sent; the application sees 1005."
    info = close_code_info(code)
    return f"Close code {code} ({info.name}): {info.meaning}"


def explain_header(name: str, value: str, sender: Side) -> Words:
    """Return what a header is for, and why it stands in a head that `sender` sent.

    A value is never repeated: it may be a secret.
    """
    name = name.strip().lower()
    meaning = _HEADERS.get(name, "Has no meaning for the WebSocket protocol.")
    if name == "sec-websocket-extensions" and "permessage-deflate" in dict(split_extensions(value)):
        meaning = "permessage-deflate: messages may be compressed (RFC 7692)."
    if name == "connection" and "upgrade" not in map(str.strip, value.lower().split(",")):
        return Words(*_NO_UPGRADE)
    added = f"WebSocket does not need it: the {sender}'s program added it."
    return Words(meaning, _HEADER_REASONS.get(name, added))


def _words(field: Field, frame: Frame, sender: Side | None, deflate: bool) -> tuple[str, str]:
    match field.name:
        case "FIN":
            return _fin(frame)
        case "RSV1" if deflate:
            return _rsv1(frame)
        case "RSV1" | "RSV2" | "RSV3":
            return _RESERVED[field.value == 1]
        case "opcode":
            return _opcode(frame.opcode)
        case "MASK":
            return _MASK[field.value == 1], _MASK_REASONS[sender]
        case "payload length":
            return _length(field.value, len(frame.payload))
        case "extended payload length":
            return _extended(field.bits, len(frame.payload))
        case "masking key":
            return _MASKING_KEY
        case _:
            return _payload(frame, compressed=deflate and _says_compressed(frame))


def _fin(frame: Frame) -> tuple[str, str]:
    if not frame.fin:
        why = "Its sender cut the message into fragments, and this is not the last one."
        return "0 means: more fragments of this message follow.", why
    if frame.is_control:
        why = "RFC 6455 §5.5: a control frame must not be fragmented."
        return "1 means: the frame is whole; control frames are never fragmented.", why
    if frame.opcode == Opcode.CONT:
        why = "Its sender had nothing more to add to the message."
        return "1 means: this is the final fragment of the message.", why
    why = "Its sender sent the message in one piece."
    return "1 means: this one frame holds the whole message.", why


def _rsv1(frame: Frame) -> tuple[str, str]:
    if _says_compressed(frame):
        why = "The opening handshake agreed on permessage-deflate, and its sender made use of it."
        return "1 means: this message is compressed with permessage-deflate.", why
    if frame.rsv1:
        return "1 is an error: only the first frame may say that a message is compressed.", ""
    if frame.opcode in _STARTS:
        why = "permessage-deflate was agreed, but its sender chose not to compress this message."
        return "0 means: this message is not compressed.", why
    why = "permessage-deflate says it once for each message, in the first frame."
    if frame.is_control:
        why = "permessage-deflate compresses messages, and never a control frame."
    return "0 is right here: only the first frame says whether a message is compressed.", why


def _says_compressed(frame: Frame) -> bool:
    return frame.rsv1 and frame.opcode in _STARTS


def _opcode(opcode: int) -> tuple[str, str]:
    if opcode not in _OPCODES:
        return f"{opcode} means nothing yet: only an extension could give it a meaning.", ""
    return f"{opcode} means: {_OPCODES[opcode]}.", _OPCODE_REASONS[opcode]


def _length(said: int | bytes, size: int) -> tuple[str, str]:
    if said not in (126, 127):
        why = f"{size} fits in 7 bits, which can hold up to 125 as a length."
        return f"The payload has {count(size, 'byte')}.", why
    bits, shorter = (
        (16, "7 bits (125 at most)") if said == 126 else (64, "16 bits (65,535 at most)")
    )
    next_ones = f"{said} says that the length stands in the next {bits // 8} bytes."
    meaning = f"{said} means: the real length stands in the next {bits} bits."
    return meaning, f"{size:,} does not fit in {shorter}. {next_ones}"


def _extended(bits: int, size: int) -> tuple[str, str]:
    said = 126 if bits == 16 else 127
    why = f"The payload length says {said}, so these bytes must follow; the highest comes first."
    return f"The payload has {count(size, 'byte')}, written in {bits} bits.", why


def _payload(frame: Frame, *, compressed: bool) -> tuple[str, str]:
    content = "compressed data (DEFLATE)." if compressed else _content(frame)
    packed = "The message was compressed first. " if compressed else ""
    if frame.masking_key is None:
        return content, f"{packed}MASK is 0, so these bytes travel as they are."
    why = f"{packed}MASK is 1, so these bytes were XORed with the masking key."
    return f"Masked on the wire; unmasked: {content}", why


def _content(frame: Frame) -> str:
    if frame.close_code is not None:
        reason = "and a reason" if frame.close_reason else "without a reason"
        return f"close code {frame.close_code} in the first 2 bytes, {reason}."
    if frame.is_control:
        return f"{count(len(frame.payload), 'byte')} that belong to the {frame.kind}."
    of_message: dict[int, str] = {
        Opcode.CONT: "a part of what the first frame of the message began.",
        Opcode.TEXT: "text in UTF-8.",
        Opcode.BINARY: "bytes for the application.",
    }
    return of_message.get(frame.opcode, "bytes without a meaning: the opcode is reserved.")
