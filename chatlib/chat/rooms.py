"""All rooms of one server: acts on one message, and sends everybody in the room what came of it.

Nothing here waits, so an event is numbered and written to everybody in one step: that is why all
members see one order, and why nothing is lost or doubled between a `welcome` and the live events.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from chatlib.chat.limits import Limits, TokenBucket
from chatlib.chat.messages import (
    AskHistory,
    ClientMessage,
    Error,
    Join,
    Leave,
    Say,
    Typing,
    TypingNow,
    encode_utf8,
    id_of,
    parse_client,
)
from chatlib.chat.room import Room
from chatlib.chat.validation import BadMessage


class Member(Protocol):
    """What the rooms know of a connection, whether it has joined a room or not."""

    # Where it is and under which name; None and empty before it joined. The room has the list.
    room: Room[Any] | None
    name: str
    # What it may do, and how fast it sends.
    limits: Limits
    bucket: TokenBucket
    # True once the server decided to close the connection: nothing is read or written any more.
    expelled: bool

    def write_text(self, data: bytes) -> None:
        """Send one text message, given in UTF-8, without waiting."""


M = TypeVar("M", bound=Member)
Clock = Callable[[], float]


class Rooms(Generic[M]):
    """The rooms by name, and what a message does in them."""

    def __init__(
        self,
        limits: Limits,
        *,
        expel: Callable[[M, int, str], object],
        failed: Callable[[M, Exception], object],
        clock: Clock,
        now: Clock,
    ) -> None:
        """Begin without rooms.

        Args:
            limits: How many rooms there may be, and what each keeps.
            expel: Called with a member, a close code and a reason, to close its connection soon.
            failed: Called with a member and the error that writing to it raised.
            clock: Seconds that only ever grow, for the flood limit.
            now: Seconds since 1970, UTC, for the time of an event.
        """
        self.by_name: dict[str, Room[M]] = {}
        self._limits = limits
        self._expel = expel
        self._failed = failed
        self._clock = clock
        self._now = now

    def receive(self, member: M, data: str | bytes) -> None:
        """Act on one message; answer it with an `error` message if that is not possible."""
        rate = f"{member.limits.rate:g}"
        verdict = member.bucket.take(self._clock())
        if verdict == "close":
            self._expel(member, 1008, f"too many messages: more than {rate} a second")
            return
        try:
            if verdict == "refuse":
                raise _too_fast(rate)
            self._act(member, parse_client(data, member.limits))
        except BadMessage as problem:
            answer = Error(code=problem.code, sentence=problem.sentence, about=id_of(data))
            self._send(encode_utf8(answer), [member])

    def leave(self, member: M, code: int | None = None, reason: str | None = None) -> None:
        """Take a member out of its room, if it is in one, and tell that room.

        Args:
            member: Who leaves.
            code: The close code, if its connection ended.
            reason: The close reason, likewise.
        """
        if (room := member.room) is None:
            return
        # A member that leaves and stays connected sees its own `left`: the answer to `leave`.
        hearers = room.peers
        room.leave(member.name, time=self._now(), code=code, reason=reason)
        self._send(room.newest, hearers)
        member.room, member.name = None, ""
        if not room.members:
            # The room that was empty longest stands first among the empty ones.
            self.by_name[room.name] = self.by_name.pop(room.name)

    def find(self, name: str, room: str) -> M:
        """Return the member of that name.

        Raises:
            LookupError: If there is none.
        """
        found = self.by_name[room].peer(name) if room in self.by_name else None
        if found is None:
            raise LookupError(f"Nobody called {name!r} is in the room {room!r}.")
        return found

    def _act(self, member: M, message: ClientMessage) -> None:
        if isinstance(message, Join):
            self._join(member, message)
            return
        if (room := member.room) is None:
            raise BadMessage("not_joined", "You are in no room. Send a join message first.")
        match message:
            case Say(text=text, id=id):
                room.say(member.name, text, time=self._now(), id=id)
                self._send(room.newest, room.peers)
            case Typing(on=on):
                others = [other for other in room.peers if other is not member]
                self._send(encode_utf8(TypingNow(name=member.name, on=on)), others)
            case AskHistory(after=after):
                self._send(encode_utf8(room.history(after)), [member])
            case Leave():
                self.leave(member)

    def _join(self, member: M, join: Join) -> None:
        if member.room is not None:
            raise BadMessage(
                "already_joined",
                f"You are in the room {member.room.name!r} already. Send a leave message first.",
            )
        room = self._room(join.room)
        room.check_free(join.name)
        welcome = room.welcome(join.name, after=join.after, epoch=join.epoch, limits=member.limits)
        self._send(encode_utf8(welcome), [member])
        room.join(join.name, time=self._now(), peer=member)
        member.room, member.name = room, join.name
        self._send(room.newest, room.peers)

    def _room(self, name: str) -> Room[M]:
        if name not in self.by_name:
            self._make_place()
            self.by_name[name] = Room(name, epoch=secrets.token_hex(8), limits=self._limits)
        return self.by_name[name]

    def _make_place(self) -> None:
        if len(self.by_name) < self._limits.rooms:
            return
        empty = next((room for room in self.by_name.values() if not room.members), None)
        if empty is None:
            raise BadMessage(
                "too_many_rooms",
                f"There are {self._limits.rooms} rooms with people in them, and that is the limit."
                " Join one of them, or try again later.",
            )
        del self.by_name[empty.name]

    def _send(self, data: bytes, members: Iterable[M]) -> None:
        for member in members:
            if member.expelled:
                continue
            try:
                member.write_text(data)
            except Exception as error:
                self._failed(member, error)


def _too_fast(rate: str) -> BadMessage:
    return BadMessage(
        "too_fast",
        f"You send more than {rate} messages a second, so this one was not"
        " passed on. Wait a second and send it again; going on closes the connection.",
    )
