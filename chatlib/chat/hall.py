"""The hall: every room with its members. It acts on one message and tells everybody who must know.

Nothing here waits, so an event is numbered and written to everybody in one step: that is why all
members see one order, and why nothing is lost or doubled between a `welcome` and the live events.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from chatlib.chat.limits import Limits, Verdict
from chatlib.chat.member import Member
from chatlib.chat.messages import (
    AskHistory,
    ClientMessage,
    Error,
    Join,
    Leave,
    Message,
    Say,
    Typing,
    TypingNow,
    encode_utf8,
    id_of,
    parse_client,
)
from chatlib.chat.problem import BadMessage
from chatlib.chat.room import Room
from chatlib.chat.rules import same_name

Expel = Callable[[Member, int, str], object]
Failed = Callable[[Member, Exception], object]
Clock = Callable[[], float]


class Hall:
    """All rooms of one server."""

    def __init__(
        self, limits: Limits, *, expel: Expel, failed: Failed, clock: Clock, now: Clock
    ) -> None:
        """Open a hall without rooms.

        Args:
            limits: What is allowed.
            expel: Called with a member, a close code and a reason, to close its connection soon.
            failed: Called with a member and the error that writing to it raised.
            clock: Seconds that only ever grow, for the flood limit.
            now: Seconds since 1970, UTC, for the time of an event.
        """
        self.limits = limits
        self.rooms: dict[str, Room] = {}
        self._members: dict[Room, dict[str, Member]] = {}
        self._expel = expel
        self._failed = failed
        self._clock = clock
        self._now = now

    def receive(self, member: Member, data: str | bytes) -> None:
        """Act on one message; answer it with an `error` message if that is not possible."""
        verdict = member.flood.take(self._clock())
        if verdict is Verdict.OVER:
            rate = member.flood.limits.rate
            self._expel(member, 1008, f"too many messages: more than {rate:g} a second")
            return
        try:
            if verdict is Verdict.REFUSED:
                raise _too_fast(member.flood.limits)
            self._act(member, parse_client(data, member.flood.limits))
        except BadMessage as problem:
            answer = Error(code=problem.code, sentence=problem.sentence, about=id_of(data))
            self._send(answer, [member])

    def leave(self, member: Member, code: int | None = None, reason: str | None = None) -> None:
        """Take a member out of its room, if it is in one, and tell that room.

        Args:
            member: Who leaves.
            code: The close code, if its connection ended.
            reason: The close reason, likewise.
        """
        if (room := member.room) is None:
            return
        event = room.leave(member.name, time=self._now(), code=code, reason=reason)
        # A member that leaves and stays connected sees its own `left`: the answer to `leave`.
        self._send(event, self._in(room))
        del self._members[room][same_name(member.name)]
        member.room, member.name = None, ""
        if not room.members:
            # The room that was empty longest stands first among the empty ones.
            self.rooms[room.name] = self.rooms.pop(room.name)

    def find(self, name: str, room: str) -> Member:
        """Return the member of that name.

        Raises:
            LookupError: If there is none.
        """
        try:
            return self._members[self.rooms[room]][same_name(name)]
        except KeyError:
            raise LookupError(f"Nobody called {name!r} is in the room {room!r}.") from None

    def _act(self, member: Member, message: ClientMessage) -> None:
        if isinstance(message, Join):
            self._join(member, message)
            return
        room = member.room
        if room is None:
            raise BadMessage("not_joined", "You are in no room. Send a join message first.")
        match message:
            case Say(text=text, id=id):
                self._send(room.say(member.name, text, time=self._now(), id=id), self._in(room))
            case Typing(on=on):
                others = (other for other in self._in(room) if other is not member)
                self._send(TypingNow(name=member.name, on=on), others)
            case AskHistory(after=after):
                self._send(room.history(after), [member])
            case Leave():
                self.leave(member)

    def _join(self, member: Member, join: Join) -> None:
        if member.room is not None:
            raise BadMessage(
                "already_joined",
                f"You are in the room {member.room.name!r} already. Send a leave message first.",
            )
        room = self._room(join.room)
        room.check_free(join.name)
        welcome = room.welcome(join.name, after=join.after, epoch=join.epoch)
        self._send(replace(welcome, limits=member.flood.limits), [member])
        event = room.join(join.name, time=self._now())
        member.room, member.name = room, join.name
        self._members[room][same_name(join.name)] = member
        self._send(event, self._in(room))

    def _room(self, name: str) -> Room:
        if name not in self.rooms:
            self._make_place()
            room = Room(name, epoch=secrets.token_hex(8), limits=self.limits)
            self.rooms[name] = room
            self._members[room] = {}
        return self.rooms[name]

    def _make_place(self) -> None:
        if len(self.rooms) < self.limits.rooms:
            return
        empty = next((room for room in self.rooms.values() if not room.members), None)
        if empty is None:
            raise BadMessage(
                "too_many_rooms",
                f"There are {self.limits.rooms} rooms with people in them, and that is the limit."
                " Join one of them, or try again later.",
            )
        del self.rooms[empty.name], self._members[empty]

    def _in(self, room: Room) -> Iterator[Member]:
        yield from self._members[room].values()

    def _send(self, message: Message, members: Iterable[Member]) -> None:
        data = encode_utf8(message)
        for member in members:
            if member.expelled:
                continue
            try:
                member.send(data)
            except Exception as error:
                self._failed(member, error)


def _too_fast(limits: Limits) -> BadMessage:
    return BadMessage(
        "too_fast",
        f"You send more than {limits.rate:g} messages a second, so this one was not"
        " passed on. Wait a second and send it again; going on closes the connection.",
    )
