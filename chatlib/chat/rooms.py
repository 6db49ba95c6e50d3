"""All rooms of one server: acts on one message, and sends everybody in the room what came of it.

Nothing here waits, so an event is numbered and written to everybody in one step: that is why all
members see one order, and why nothing is lost or doubled between a `welcome` and the live events.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from chatlib.chat.messages import (
    AskHistory,
    ClientMessage,
    Error,
    Event,
    History,
    Join,
    Joined,
    Leave,
    Left,
    Said,
    Say,
    Typing,
    TypingNow,
    Welcome,
    Whisper,
    Whispered,
    encode_utf8,
    id_of,
    parse_client,
)
from chatlib.chat.validation import LIMITS, BadMessage, Limits, same_name

if TYPE_CHECKING:
    from chatlib.chat.connections import ChatConnection

MEMBERS = 500  # of one room, of a server that is not told otherwise

E = TypeVar("E", Joined, Left, Said)


class Room:
    """The members of one room, and its events numbered from 1 without a gap.

    It sends nothing and has no clock: times are passed in, in seconds since 1970, UTC.
    """

    def __init__(self, name: str, *, epoch: str, limits: Limits = LIMITS) -> None:
        """Open an empty room.

        `epoch` is a text that no other life of this room has: numbers of events may be compared
        only when their epoch is the same.
        """
        self.name = name
        self.epoch = epoch
        self.limits = limits
        # The number of the newest event, and its JSON in UTF-8, as everybody gets it.
        self.seq = 0
        self.newest = b""
        # Names in the order of joining, by the key under which names look the same.
        self._members: dict[str, tuple[str, ChatConnection | None]] = {}
        # The newest events, oldest first, each with the bytes of its JSON.
        self._history: deque[tuple[Event, int]] = deque()
        self._history_bytes = 0

    @property
    def members(self) -> tuple[str, ...]:
        """The names in the room, in the order of joining."""
        return tuple(name for name, _ in self._members.values())

    @property
    def connections(self) -> list[ChatConnection]:
        """What was given to `join` for each member, in the same order."""
        return [member for _, member in self._members.values() if member is not None]

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are kept, oldest first."""
        return tuple(event for event, _ in self._history)

    def join(self, name: str, *, time: float, connection: ChatConnection | None = None) -> Joined:
        """Let somebody in; the connection is only kept, for `connections`.

        Raises:
            BadMessage: `name_taken`, if a name that looks the same is in the room.
        """
        if same_name(name) in self._members:
            raise BadMessage(
                "name_taken",
                f"Somebody called {name!r} is in the room {self.name!r}. Choose another name.",
            )
        self._members[same_name(name)] = name, connection
        return self._keep(Joined(seq=self.seq + 1, name=name, time=time))

    def leave(
        self, name: str, *, time: float, code: int | None = None, reason: str | None = None
    ) -> Left:
        """Let a member go; with the close code and reason if the connection ended.

        Raises:
            KeyError: If nobody of that name is in the room.
        """
        del self._members[same_name(name)]
        return self._keep(Left(seq=self.seq + 1, name=name, time=time, code=code, reason=reason))

    def say(self, name: str, text: str, *, time: float, id: str | None = None) -> Said:
        """Number what a member says."""
        return self._keep(Said(seq=self.seq + 1, name=name, text=text, time=time, id=id))

    def since(self, after: int | None, epoch: str | None) -> tuple[tuple[Event, ...], bool]:
        """Return the events after number `after` of an epoch, and whether some of them are gone.

        None stands for all that is kept. Of another epoch everything is gone: then too, all that is
        kept is returned.
        """
        if after is None:
            return self.events, False
        if epoch != self.epoch or after > self.seq:
            return self.events, True
        oldest = self.seq - len(self._history) + 1
        return tuple(event for event in self.events if event.seq > after), after + 1 < oldest

    def welcome(
        self, name: str, *, after: int | None, epoch: str | None, limits: Limits | None = None
    ) -> Welcome:
        """Return what somebody who is about to join must know; `after`, `epoch` as in `since`."""
        events, gone = self.since(after, epoch)
        return Welcome(
            room=self.name,
            name=name,
            epoch=self.epoch,
            seq=self.seq,
            members=self.members,
            events=events,
            gone=gone,
            limits=limits or self.limits,
        )

    def __repr__(self) -> str:
        """Say the name, the members and the number of the newest event."""
        return f"<Room {self.name!r}: {len(self._members)} members, {self.seq} events>"

    def _keep(self, event: E) -> E:
        self.newest = encode_utf8(event)
        self.seq = event.seq
        self._history.append((event, len(self.newest)))
        self._history_bytes += len(self.newest)
        while len(self._history) > self.limits.history or (
            self._history_bytes > self.limits.history_bytes
        ):
            self._history_bytes -= self._history.popleft()[1]
        return event


class Rooms:
    """The rooms by name, and what a message does in them."""

    def __init__(
        self,
        limits: Limits,
        *,
        members: int = MEMBERS,
        expel: Callable[[ChatConnection, int, str], object],
        failed: Callable[[ChatConnection, Exception], object],
    ) -> None:
        """Begin without rooms, each with place for so many members.

        `expel` gets a member, a close code and a reason, to close its connection soon; `failed`
        gets a member and the error that writing to it raised.
        """
        self.by_name: dict[str, Room] = {}
        # Seconds that only ever grow, for the flood limit; seconds since 1970, UTC, for events.
        self.clock = time.monotonic
        self.now = time.time
        self._limits = limits
        self._most = members
        self._expel = expel
        self._failed = failed

    def receive(self, member: ChatConnection, data: str | bytes) -> None:
        """Act on one message; answer it with an `error` message if that is not possible."""
        rate = f"{member.limits.rate:g}"
        verdict = member.bucket.take(self.clock())
        if verdict == "close":
            self._expel(member, 1008, f"too many messages: more than {rate} a second")
            return
        try:
            if verdict == "refuse":
                raise BadMessage(
                    "too_fast",
                    f"You send more than {rate} messages a second, so this one was not passed on."
                    " Wait a second and send it again; going on closes the connection.",
                )
            self._act(member, parse_client(data, member.limits))
        except BadMessage as problem:
            answer = Error(code=problem.code, sentence=problem.sentence, about=id_of(data))
            self._send(encode_utf8(answer), [member])

    def leave(
        self, member: ChatConnection, code: int | None = None, reason: str | None = None
    ) -> None:
        """Take a member out of its room, if it is in one, and tell that room how it ended."""
        if (room := member.room) is None:
            return
        # A member that leaves and stays connected sees its own `left`: the answer to `leave`.
        hearers = room.connections
        room.leave(member.name, time=self.now(), code=code, reason=reason)
        self._send(room.newest, hearers)
        member.room, member.name = None, ""
        if not room.members:
            # The room that was empty longest stands first among the empty ones.
            self.by_name[room.name] = self.by_name.pop(room.name)

    def find(self, name: str, room: str) -> ChatConnection:
        """Return the member of that name.

        Raises:
            LookupError: If there is none.
        """
        for member in self.by_name[room].connections if room in self.by_name else ():
            if same_name(member.name) == same_name(name):
                return member
        raise LookupError(f"Nobody called {name!r} is in the room {room!r}.")

    def _act(self, member: ChatConnection, message: ClientMessage) -> None:
        if isinstance(message, Join):
            self._join(member, message)
            return
        if (room := member.room) is None:
            raise BadMessage("not_joined", "You are in no room. Send a join message first.")
        match message:
            case Say(text=text, id=id):
                room.say(member.name, text, time=self.now(), id=id)
                self._send(room.newest, room.connections)
            case Whisper(to=to, text=text, id=id):
                self._whisper(member, self._present(to, room), text, id)
            case Typing(on=on):
                others = [other for other in room.connections if other is not member]
                self._send(encode_utf8(TypingNow(name=member.name, on=on)), others)
            case AskHistory(after=after):
                events, gone = room.since(after, room.epoch)
                self._send(encode_utf8(History(events=events, gone=gone)), [member])
            case Leave():
                self.leave(member)

    def _present(self, name: str, room: Room) -> ChatConnection:
        try:
            return self.find(name, room.name)
        except LookupError as problem:
            raise BadMessage("not_here", f"{problem.args[0]} Look who is here.") from None

    def _whisper(
        self, member: ChatConnection, to: ChatConnection, text: str, id: str | None
    ) -> None:
        told = Whispered(name=member.name, to=to.name, text=text, time=self.now(), id=id)
        self._send(encode_utf8(told), [member] if to is member else [member, to])

    def _join(self, member: ChatConnection, join: Join) -> None:
        if member.room is not None:
            raise BadMessage(
                "already_joined",
                f"You are in the room {member.room.name!r} already. Send a leave message first.",
            )
        room = self._room(join.room)
        if len(room.members) >= self._most:
            raise BadMessage(
                "room_full",
                f"There are {self._most} people in the room {room.name!r}, and that is the limit."
                " Join another one, or try again later.",
            )
        welcome = room.welcome(join.name, after=join.after, epoch=join.epoch, limits=member.limits)
        room.join(join.name, time=self.now(), connection=member)
        self._send(encode_utf8(welcome), [member])
        member.room, member.name = room, join.name
        self._send(room.newest, room.connections)

    def _room(self, name: str) -> Room:
        if name not in self.by_name:
            if len(self.by_name) >= self._limits.rooms:
                self._forget_an_empty_room()
            self.by_name[name] = Room(name, epoch=secrets.token_hex(8), limits=self._limits)
        return self.by_name[name]

    def _forget_an_empty_room(self) -> None:
        empty = next((room for room in self.by_name.values() if not room.members), None)
        if empty is None:
            raise BadMessage(
                "too_many_rooms",
                f"There are {self._limits.rooms} rooms with people in them, and that is the limit."
                " Join one of them, or try again later.",
            )
        del self.by_name[empty.name]

    def _send(self, data: bytes, members: Iterable[ChatConnection]) -> None:
        for member in members:
            if member.expelled:
                continue
            try:
                member.write_text(data)
            except Exception as error:
                self._failed(member, error)
