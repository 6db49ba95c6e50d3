"""Every field of a frame and every line of a head: what its value means, and why it is so here.

Words only: nothing here decides what is right or wrong. Every sentence follows from the frame or
the line, from who sent it, and from what the opening handshake agreed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from websockets.frames import Opcode

from chatlib.wire.close_codes import close_code_info
from chatlib.wire.deflate import split_extensions
from chatlib.wire.frames import Field, Frame, Side, shortest
from chatlib.wire.show import count

# What a value means, and why it is so.
Words = tuple[str, str]

_OPCODES: dict[int, Words] = {
    Opcode.CONT: (
        "a continuation frame: the next fragment of the message before it",
        "An earlier frame said what kind of message this is, so the later ones say 0.",
    ),
    Opcode.TEXT: (
        "a text frame: the payload is text in UTF-8",
        "Its sender had text to send: a str, in Python's words.",
    ),
    Opcode.BINARY: (
        "a binary frame: the payload is bytes that only the application understands",
        "Its sender had bytes to send, and did not call them text.",
    ),
    Opcode.CLOSE: (
        "a close frame: its sender wants to end the connection, or agrees to end it",
        "Each side sends one close frame: to begin the closing handshake, or to answer.",
    ),
    Opcode.PING: (
        "a ping frame: the other side must answer with a pong",
        "Its sender wants to know whether the other side still answers.",
    ),
    Opcode.PONG: (
        "a pong frame: the answer to a ping, with the same payload",
        "A ping came before; if none did, its sender only says that it is still there.",
    ),
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

# In how many bits and bytes the length stands, and the largest one that the shorter form can hold.
_LONG_FORMS = {
    126: (16, "2 bytes", "7 bits (125 at most)"),
    127: (64, "8 bytes", "16 bits (65,535 at most)"),
}
_SHORTER = "A shorter form has room for it, and RFC 6455 asks for the shortest: an error."


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
    return _FIELDS[field.name](field, Sent(frame, sender, deflate))[0]


def reason(field: Field, sent: Sent) -> str:
    """Return why this field has its value in this frame, in one or two sentences.

    Args:
        field: One of `sent.frame.fields()`.
        sent: The frame, and what is known of its connection.
    """
    return _FIELDS[field.name](field, sent)[1]


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


def reason_for_header(name: str, sender: Side) -> str:
    """Return why a header stands in a head that `sender` sent; it never repeats a value."""
    added = f"WebSocket does not need it: the {sender}'s program added it."
    return _HEADER_REASONS.get(name.strip().lower(), added)


def _offers_deflate(value: str) -> bool:
    return any(extension == "permessage-deflate" for extension, _ in split_extensions(value))


def _fin(field: Field, sent: Sent) -> Words:
    frame, more = sent.frame, "0 means: more fragments of this message follow."
    if frame.is_control:
        rule = "RFC 6455 §5.5: a control frame must not be fragmented"
        if not field.value:
            return more, f"{rule}, and this one breaks the rule."
        return "1 means: the frame is whole; control frames are never fragmented.", f"{rule}."
    if not field.value:
        return more, "Its sender cut the message into fragments, and this is not the last one."
    if frame.opcode == Opcode.CONT:
        final = "1 means: this is the final fragment of the message."
        return final, "Its sender had nothing more to add to the message."
    whole = "1 means: this one frame holds the whole message."
    return whole, "Its sender sent the message in one piece."


def _rsv1(field: Field, sent: Sent) -> Words:
    if not sent.deflate:
        return _reserved(field, sent)
    if sent.compressed:
        agreed = "The opening handshake agreed on permessage-deflate"
        meaning = "1 means: this message is compressed with permessage-deflate."
        return meaning, f"{agreed}, and its sender made use of it."
    if field.value:
        meaning = "1 is an error: only the first frame of a message may say that it is compressed."
        return meaning, "The sender breaks a rule of permessage-deflate (RFC 7692 §6.1)."
    if sent.begins_message:
        why = "permessage-deflate was agreed, but its sender chose not to compress this message."
        return "0 means: this message is not compressed.", why
    why = "permessage-deflate says it once for each message, in the first frame."
    if sent.frame.is_control:
        why = "permessage-deflate compresses messages, and never a control frame."
    return "0 is right here: only the first frame says whether a message is compressed.", why


def _reserved(field: Field, _: Sent) -> Words:
    if field.value:
        return (
            "1 is an error: no extension was agreed that gives this bit a meaning.",
            "The opening handshake agreed on no extension for it: the sender breaks a rule.",
        )
    return (
        "0 means: not used; the bit is reserved for extensions.",
        "The opening handshake agreed on no extension that uses this bit.",
    )


def _opcode(_: Field, sent: Sent) -> Words:
    opcode = sent.frame.opcode
    if opcode not in _OPCODES:
        return (
            f"{opcode} means nothing yet: this opcode is reserved.",
            "Its sender breaks a rule: only an extension could give this number a meaning.",
        )
    meaning, why = _OPCODES[opcode]
    return f"{opcode} means: {meaning}.", why


def _mask(field: Field, sent: Sent) -> Words:
    return _mask_meaning(field, sent), _mask_reason(field, sent)


def _mask_meaning(field: Field, sent: Sent) -> str:
    if field.value:
        meaning = "1 means: the payload is masked"
        wrong = "which a server must never do." if sent.sender == "server" else ""
        return f"{meaning}, {wrong or 'and the masking key stands before it.'}"
    meaning = "0 means: the payload is not masked"
    wrong = "but a client must mask every frame." if sent.sender == "client" else ""
    return f"{meaning}, {wrong or 'and there is no masking key.'}"


def _mask_reason(field: Field, sent: Sent) -> str:
    if sent.sender is None:
        return "A client masks every frame, and a server masks none (RFC 6455 §5.1)."
    if sent.sender == "client":
        rule = "A client sent this, and a client must mask every frame"
        return f"{rule}." if field.value else f"{rule}: the server must close the connection."
    rule = "A server sent this, and a server must not mask a frame"
    return f"{rule}: the client must close the connection." if field.value else f"{rule}."


def _length(field: Field, sent: Sent) -> Words:
    size = len(sent.frame.payload)
    if not isinstance(field.value, int) or field.value not in _LONG_FORMS:
        why = f"{size} fits in 7 bits, which can hold up to 125 as a length."
        return f"The payload has {count(size, 'byte')}.", why
    bits, room, shorter = _LONG_FORMS[field.value]
    meaning = f"{field.value} means: the real length stands in the next {bits} bits."
    said = f"{field.value} says that the length stands in the next {room}"
    if _is_longer_than_needed(sent):
        return meaning, f"{said}, which holds {size:,}. {_SHORTER}"
    return meaning, f"{size:,} does not fit in {shorter}. {said}."


def _is_longer_than_needed(sent: Sent) -> bool:
    bits = sent.frame.length_bits
    return bits is not None and bits > shortest(len(sent.frame.payload))


def _extended(field: Field, sent: Sent) -> Words:
    size, said = count(len(sent.frame.payload), "byte"), 126 if field.bits == 16 else 127
    why = f"The payload length says {said}, so these bytes must follow; the highest comes first."
    if _is_longer_than_needed(sent):
        why = f"The payload has only {size}. {_SHORTER}"
    return f"The payload has {size}, written in {field.bits} bits.", why


def _key(_: Field, sent: Sent) -> Words:
    why = "MASK is 1, so a key must follow. Its sender made it at random, for this frame alone."
    if sent.sender == "server":
        why = "MASK is 1, so a key stands here, but a server must not mask."
    return "Byte i of the payload is XORed with byte i mod 4 of this key, new for each frame.", why


def _payload(_: Field, sent: Sent) -> Words:
    packed = "The message was compressed first. " if sent.compressed else ""
    if sent.frame.masking_key is None:
        return _content(sent), f"{packed}MASK is 0, so these bytes travel as they are."
    why = f"{packed}MASK is 1, so these bytes were XORed with the masking key."
    return f"Masked on the wire; unmasked: {_content(sent)}", why


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


_FIELDS: dict[str, Callable[[Field, Sent], Words]] = {
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
