"""Why a field of a frame, or a line of a head, is as it is just here: one or two sentences.

Words only, like `explain`, which says what a value means. Every sentence follows from the frame,
from who sent it, and from what the opening handshake agreed on.
"""

from __future__ import annotations

from collections.abc import Callable

from websockets.frames import Opcode

from chatlib.wire.explain import Sent
from chatlib.wire.frames import Field, Side, shortest
from chatlib.wire.show import count

_OPCODES = {
    Opcode.CONT: "An earlier frame said what kind of message this is, so the later ones say 0.",
    Opcode.TEXT: "Its sender had text to send: a str, in Python's words.",
    Opcode.BINARY: "Its sender had bytes to send, and did not call them text.",
    Opcode.CLOSE: "Each side sends one close frame: to begin the closing handshake, or to answer.",
    Opcode.PING: "Its sender wants to know whether the other side still answers.",
    Opcode.PONG: "A ping came before; if none did, its sender only says that it is still there.",
}

_HEADERS = {
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

# In how many bytes the length stands, and the largest length that the shorter form can hold.
_LONG_FORMS = {
    126: ("2 bytes", "7 bits (125 at most)"),
    127: ("8 bytes", "16 bits (65,535 at most)"),
}
_SHORTER = "A shorter form has room for it, and RFC 6455 asks for the shortest: an error."


def reason(field: Field, sent: Sent) -> str:
    """Return why this field has its value in this frame.

    Args:
        field: One of `sent.frame.fields()`.
        sent: The frame, and what is known of its connection.
    """
    return _FIELDS[field.name](field, sent)


def reason_for_header(name: str, sender: Side) -> str:
    """Return why a header stands in a head that `sender` sent; it never repeats a value."""
    added = f"WebSocket does not need it: the {sender}'s program added it."
    return _HEADERS.get(name.strip().lower(), added)


def _fin(field: Field, sent: Sent) -> str:
    if sent.frame.is_control:
        wrong = "" if field.value else ", and this one breaks the rule"
        return f"RFC 6455 §5.5: a control frame must not be fragmented{wrong}."
    if not field.value:
        return "Its sender cut the message into fragments, and this is not the last one."
    if sent.frame.opcode == Opcode.CONT:
        return "Its sender had nothing more to add to the message."
    return "Its sender sent the message in one piece."


def _rsv1(field: Field, sent: Sent) -> str:
    if not sent.deflate:
        return _reserved(field, sent)
    if sent.compressed:
        return "The opening handshake agreed on permessage-deflate, and its sender made use of it."
    if field.value:
        return "The sender breaks a rule of permessage-deflate (RFC 7692 §6.1)."
    if sent.begins_message:
        return "permessage-deflate was agreed, but its sender chose not to compress this message."
    if sent.frame.is_control:
        return "permessage-deflate compresses messages, and never a control frame."
    return "permessage-deflate says it once for each message, in the first frame."


def _reserved(field: Field, _: Sent) -> str:
    if field.value:
        return "The opening handshake agreed on no extension for it: the sender breaks a rule."
    return "The opening handshake agreed on no extension that uses this bit."


def _opcode(_: Field, sent: Sent) -> str:
    if sent.frame.opcode in _OPCODES:
        return _OPCODES[Opcode(sent.frame.opcode)]
    return "Its sender breaks a rule: only an extension could give this number a meaning."


def _mask(field: Field, sent: Sent) -> str:
    if sent.sender is None:
        return "A client masks every frame, and a server masks none (RFC 6455 §5.1)."
    if sent.sender == "client":
        rule = "A client sent this, and a client must mask every frame"
        return f"{rule}." if field.value else f"{rule}: the server must close the connection."
    rule = "A server sent this, and a server must not mask a frame"
    return f"{rule}: the client must close the connection." if field.value else f"{rule}."


def _length(field: Field, sent: Sent) -> str:
    size = len(sent.frame.payload)
    if not isinstance(field.value, int) or field.value not in _LONG_FORMS:
        return f"{size} fits in 7 bits, which can hold up to 125 as a length."
    if _is_longer_than_needed(sent):
        return f"{_said(field.value)}, which holds {size:,}. {_SHORTER}"
    _, shorter = _LONG_FORMS[field.value]
    return f"{size:,} does not fit in {shorter}. {_said(field.value)}."


def _said(value: int) -> str:
    return f"{value} says that the length stands in the next {_LONG_FORMS[value][0]}"


def _is_longer_than_needed(sent: Sent) -> bool:
    bits = sent.frame.length_bits
    return bits is not None and bits > shortest(len(sent.frame.payload))


def _extended(field: Field, sent: Sent) -> str:
    if _is_longer_than_needed(sent):
        return f"The payload has only {count(len(sent.frame.payload), 'byte')}. {_SHORTER}"
    said = 126 if field.bits == 16 else 127
    return f"The payload length says {said}, so these bytes must follow; the highest comes first."


def _key(_: Field, sent: Sent) -> str:
    if sent.sender == "server":
        return "MASK is 1, so a key stands here, but a server must not mask."
    return "MASK is 1, so a key must follow. Its sender made it at random, for this frame alone."


def _payload(_: Field, sent: Sent) -> str:
    packed = "The message was compressed first. " if sent.compressed else ""
    if sent.frame.masking_key is not None:
        return f"{packed}MASK is 1, so these bytes were XORed with the masking key."
    return f"{packed}MASK is 0, so these bytes travel as they are."


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
