"""The chat's own messages: JSON text, one object each, told apart by its "type".

This module is the schema; `docs/chat-messages.md` says it in words, and a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from chatlib.chat.validation import LIMITS, BadMessage, Limits, check_text, clean_name

T = TypeVar("T")

LONE_SURROGATE = (
    "The message has half of a surrogate pair, such as \\ud800 alone."
    " It is no character and has no UTF-8. Remove it, or send the whole pair."
)

# The number of an event: 1 for the first of a room, one more for each. 0 means "before the first".
# JavaScript keeps whole numbers exactly up to 2**53 - 1.
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
LONGEST_ID = 64
WHISPER = "/whisper "  # begins a text that is for one member only
# Chosen by the sender of a `say`, to recognise it when it comes back.
Id = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]


class Message(Struct, tag_field="type", tag=str.lower, frozen=True, omit_defaults=True):
    """Any message. Fields with their default value are left out; unknown fields are ignored."""


class Enter(Message, frozen=True):
    """Show the join code, where a port asks for one: it is then the first message."""

    code: str


class Join(Message, frozen=True):
    """Enter a room; with `after` and `epoch`, go on from the event that was seen last."""

    name: str
    room: str = "lobby"
    after: Seq | None = None
    epoch: str | None = None
    # That of the `welcome` before: whoever has it takes the place of the connection that was lost.
    token: Id | None = None


class Say(Message, frozen=True):
    """Say something to everybody in the room."""

    text: str
    id: Id | None = None


class Whisper(Message, frozen=True):
    """Say something to one member of the room."""

    to: str
    text: str
    id: Id | None = None


class Typing(Message, frozen=True):
    """Tell the others that one is typing, or no longer is."""

    on: bool


class AskHistory(Message, tag="history", frozen=True):
    """Ask for the events after number `after`."""

    after: Seq


class Leave(Message, frozen=True):
    """Leave the room. The connection stays, and may join again."""


class Joined(Message, frozen=True):
    """Somebody entered the room. `time` is in seconds since 1970, UTC."""

    seq: Seq
    name: str
    time: float


class Left(Message, frozen=True):
    """Somebody left; with a close code and reason if the connection ended."""

    seq: Seq
    name: str
    time: float
    code: int | None = None
    reason: str | None = None


class Said(Message, frozen=True):
    """Somebody said something; `id` is the one of the `say`.

    Number 0: it has none yet, and is known to this server only. It comes again with its number.
    """

    seq: Seq
    name: str
    text: str
    time: float
    id: Id | None = None


# What the server numbers: everybody in the room gets the same events in the same order.
Event: TypeAlias = Joined | Left | Said


class Welcome(Message, frozen=True):
    """The answer to `join`: the room as it was after event number `seq`."""

    room: str
    name: str
    epoch: str
    seq: Seq
    members: tuple[str, ...]
    events: tuple[Event, ...]
    gone: bool
    limits: Limits
    # Who of the members has lost the connection, and keeps the place for a while.
    away: tuple[str, ...] = ()
    # A secret, from a server that keeps places: `Join.token`.
    token: Id | None = None


class Away(Message, frozen=True):
    """Somebody lost the connection and keeps the place for a while, or is back. Not numbered."""

    name: str
    on: bool


class Whispered(Message, frozen=True):
    """Somebody said something to one member: to both of them. Not numbered, not kept."""

    name: str
    to: str
    text: str
    time: float
    id: Id | None = None


class TypingNow(Message, tag="typing", frozen=True):
    """Somebody else is typing, or no longer is. Not numbered, not kept."""

    name: str
    on: bool


class History(Message, frozen=True):
    """The answer to `history`; `gone` if events are missing between `after` and the first one."""

    events: tuple[Event, ...]
    gone: bool


class Error(Message, frozen=True):
    """What was wrong with a message of this client; `about` is the `id` of that message."""

    code: str
    sentence: str
    about: str | None = None


class Notice(Message, frozen=True):
    """Something about the server that people should know, as a sentence."""

    sentence: str


ClientMessage: TypeAlias = Enter | Join | Say | Whisper | Typing | AskHistory | Leave
ServerMessage: TypeAlias = (
    Welcome | Joined | Left | Said | Away | Whispered | TypingNow | History | Error | Notice
)

_client_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server_decoder: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()


def parse_client(data: str | bytes, limits: Limits = LIMITS) -> ClientMessage:
    """Read a message that a client sent; names come back cleaned.

    Raises:
        BadMessage: If it is not a message that a client may send, within these limits.
    """
    message = _decode(_client_decoder, data)
    if isinstance(message, Say | Whisper):
        check_text(message.text, longest=limits.text)
    elif isinstance(message, Join):
        name = clean_name(message.name, longest=limits.name)
        room = clean_name(message.room, longest=limits.room, what="room")
        return msgspec.structs.replace(message, name=name, room=room)
    return message


def parse_server(data: str | bytes) -> ServerMessage:
    """Read a message that a server sent.

    Raises:
        BadMessage: If a server may not send it; a newer one may send an `unknown_type`.
    """
    return _decode(_server_decoder, data)


def encode(message: Message) -> str:
    """Write a message as JSON text, without spaces.

    Raises:
        BadMessage: `lone_surrogate`, if a string in it cannot be written in UTF-8.
    """
    return encode_utf8(message).decode()


def encode_utf8(message: Message) -> bytes:
    """Write a message as the UTF-8 bytes of its JSON text; errors as in `encode`."""
    try:
        return _encoder.encode(message)
    except UnicodeEncodeError:
        raise BadMessage("lone_surrogate", LONE_SURROGATE) from None


def addressed(text: str, members: Iterable[str]) -> tuple[str, str] | None:
    """Read "/whisper Budi S. Halo" as to whom and what; None if it is for everybody.

    A name may have spaces, so it is one of `members`; else it is a word, which nobody has.
    """
    if not text.startswith(WHISPER):
        return None
    rest = text.removeprefix(WHISPER).lstrip()
    longest_first = sorted(members, key=len, reverse=True)
    named = (name for name in longest_first if f"{rest} ".startswith(f"{name} "))
    to = next(named, rest.split(" ", 1)[0])
    return to, rest.removeprefix(to).strip()


def id_of(data: str | bytes) -> str | None:
    """Return the `id` of a message, whatever else is wrong with it; None if it has none."""
    id = _text_in(data, "id")
    return id if id and len(id) <= LONGEST_ID else None


def _text_in(data: str | bytes, name: str) -> str | None:
    try:
        found = msgspec.json.decode(data, type=dict[str, Any]).get(name)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _decode(decoder: msgspec.json.Decoder[T], data: str | bytes) -> T:
    if not isinstance(data, str):
        raise BadMessage("not_text", "This is a binary message. Send the JSON as a text message.")
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _wrong_shape(decoder, data, error) from None
    except RecursionError:
        raise BadMessage("wrong_shape", "The JSON is nested too deeply. Send it flat.") from None
    except UnicodeEncodeError:
        raise BadMessage("lone_surrogate", LONE_SURROGATE) from None
    except msgspec.DecodeError as error:
        if _has_lone_surrogate(data):
            raise BadMessage("lone_surrogate", LONE_SURROGATE) from None
        raise BadMessage("not_json", f"This is not JSON: {error}. Send one JSON object.") from None


def _has_lone_surrogate(data: str) -> bool:
    """Tell whether a JSON text is right but for a lone surrogate; msgspec calls that truncated."""
    try:
        json.dumps(json.loads(data), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _wrong_shape(
    decoder: msgspec.json.Decoder[T], data: str, error: msgspec.ValidationError
) -> BadMessage:
    known, kind = types_of(decoder.type), _text_in(data, "type")
    if kind is None or kind in known:
        what = str(error)[:120]
        sentence = f"The message has the wrong shape: {what}. Correct it and send it again."
        return BadMessage("wrong_shape", sentence)
    return BadMessage(
        "unknown_type", f"There is no message of type {kind[:32]!r}. Known: {', '.join(known)}."
    )


def types_of(union: Any) -> tuple[str, ...]:
    """Return the "type" of each message in a union such as `ClientMessage`."""
    return tuple(str(message.__struct_config__.tag) for message in get_args(union))
