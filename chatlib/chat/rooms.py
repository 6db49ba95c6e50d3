"""All rooms of one server: acts on one message, and sends everybody in the room what came of it.

Nothing here waits, so an event that comes from the log is written to everybody in one step: that is
why all members see one order, and why nothing is lost or doubled between a `welcome` and the live
events.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace as replace_present
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatlib.chat.event_log import Asked, EventLog, OwnLog, Passing
from chatlib.chat.messages import (
    AskHistory,
    Away,
    ClientMessage,
    Enter,
    Error,
    Event,
    History,
    Join,
    Joined,
    Leave,
    Left,
    Notice,
    Said,
    Say,
    Typing,
    TypingNow,
    Whisper,
    Whispered,
    encode_utf8,
    id_of,
    parse_client,
)
from chatlib.chat.room import MEMBERS_PER_ROOM, Present, Room
from chatlib.chat.validation import BadMessage, Limits, same_name

if TYPE_CHECKING:
    from chatlib.chat.connections import ChatConnection

# The close codes and reasons of who must connect again (1012 "service restart").
LOST_SIGHT = 1012, "the other servers lost sight of this one: connect again"
# How a connection ends that was lost; 1011 too when no pong came, and 1013 when too much waited.
LOST = {1006, 1011, 1013}
ELSEWHERE = 1008, "you are connected again, by another connection"
NEW_ROOM = 1012, "the room's events were lost: connect again"
ALONE = (
    "The other servers are not reached. What you say is shown on this server only, and gets its"
    " place among what the others say when they are back."
)
NOT_HERE = "Nobody called {name!r} is in the room {room!r}."
TOGETHER = "The other servers are reached again."


def same_secret(own: str, theirs: str) -> bool:
    """Compare two secrets in a time that does not tell how many letters are right."""
    return secrets.compare_digest(own.encode(), theirs.encode())


class Rooms:
    """The rooms by name, and what a message does in them."""

    def __init__(
        self,
        limits: Limits,
        *,
        members: int = MEMBERS_PER_ROOM,
        log: EventLog | None = None,
        expel: Callable[[ChatConnection, int, str], object],
        send: Callable[[Sequence[ChatConnection], bytes], object],
        later: Callable[[float, Callable[[], object]], object] = lambda seconds, act: None,
    ) -> None:
        """Begin without rooms, each with place for so many members.

        `log` is what several servers share; without it, this one numbers its events itself. `expel`
        gets a member, a close code and a reason, to close its connection soon; `send` gets
        members, and a message in UTF-8 for all of them that are not expelled; `later` calls
        something after so many seconds.
        """
        self.by_name: dict[str, Room] = {}
        # Seconds that only ever grow, for the flood limit; seconds since 1970, UTC, for events.
        self.clock = time.monotonic
        self.now = time.time
        self._limits = limits
        self._new_room = partial(Room, limits=limits, most=members)
        self._expel = expel
        self._send = send
        self._later = later
        # Who asked to join and is not in the room yet, by what the log is asked with.
        self._joining: dict[str, tuple[ChatConnection, Join]] = {}
        self._joins = count(1)
        self._log = log or OwnLog(lambda: secrets.token_hex(8))
        self._log.serve(self)

    # ---------------------------------------------------------------- what members do

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
            self._refuse(member, problem, about=id_of(data))

    def leave(
        self, member: ChatConnection, code: int | None = None, reason: str | None = None
    ) -> None:
        """Take a member out of its room, if it is in one, and tell that room how it ended.

        Who lost the connection keeps the place for a while, if its port keeps places.
        """
        name, room = member.name, member.room
        if (joining := self._joining.pop(member.by, None)) is not None:
            name, room = joining[1].name, self.by_name.get(joining[1].room)
        if room is None:
            return
        # A member that leaves and stays connected sees its own `left`: the answer to `leave`.
        member.room, member.name = None, ""
        if code in LOST and self._keep_place(room, name, member, code, reason):
            return
        left = room.left(name, time=self.now(), code=code, reason=reason)
        self._ask(room, left, member.by, lambda: self._is_present(room, name, member.by))

    def find(self, name: str, room: str) -> ChatConnection:
        """Return the connection of that name.

        Raises:
            LookupError: If there is none to this server.
        """
        present = self.by_name[room].find(name) if room in self.by_name else None
        if present is None or present.connection is None:
            raise LookupError(NOT_HERE.format(name=name, room=room))
        return present.connection

    # ---------------------------------------------------------------- what the log gives back

    def begin(self, room: str, epoch: str) -> None:
        """Begin a room, empty, whose events are numbered from 1 in this epoch."""
        before = self.by_name[room]
        self.by_name[room] = self._new_room(room, epoch=epoch)
        for member in before.connections:
            member.room, member.name = None, ""
            self._expel(member, *NEW_ROOM)

    def take(self, name: str, event: Event, by: str) -> None:
        """Let an event happen, the next one of its room, and tell everybody in it."""
        if (room := self.by_name.get(name)) is None:
            return  # It was forgotten meanwhile.
        if isinstance(event, Joined):
            self._let_in(room, event, by)
        elif isinstance(event, Left):
            self._let_go(room, event)
        else:
            room.take(event)
            self._send(room.connections, room.newest)

    def show_early(self, room: str, said: Said) -> None:
        """Show a text here that has no number yet. By its id it is known again when it has one."""
        if room in self.by_name:
            self._send(self.by_name[room].connections, encode_utf8(replace(said, seq=0)))

    def refuse_again(self, room: str, said: Said, by: str) -> None:
        """Tell who said a text that its id was used before, so that the text is not passed on."""
        present = self.by_name[room].find(said.name) if room in self.by_name else None
        if present is not None and present.by == by and present.connection is not None:
            problem = BadMessage(
                "said_before",
                f"You have said something with the id {said.id!r} before, so this was taken for the"
                " same text, and not passed on. Give each text an id of its own.",
            )
            self._refuse(present.connection, problem, about=said.id)

    def overhear(self, room: str, message: Passing) -> None:
        """Pass on what somebody on another server does: typing to all, a whisper to one."""
        if room not in self.by_name:
            return
        hearers: Sequence[ChatConnection] = self.by_name[room].connections
        if isinstance(message, Whispered):
            hearers = [
                member for member in hearers if same_name(member.name) == same_name(message.to)
            ]
        self._send(hearers, encode_utf8(message))

    def part(self, gone: Callable[[str], bool]) -> None:
        """Ask that everybody leaves who is on a server that is gone."""
        for room in self.by_name.values():
            for present in room.present:
                if present.connection is None and gone(present.by.rpartition("-")[0]):
                    self._part(room, present)

    def reach(self, reached: bool) -> None:
        """Tell everybody that the other servers are reached again, or no longer."""
        notice = encode_utf8(Notice(sentence=TOGETHER if reached else ALONE))
        for room in self.by_name.values():
            self._send(room.connections, notice)

    def _let_in(self, room: Room, joined: Joined, by: str) -> None:
        member, join = self._joining.pop(by, (None, None))
        token = None
        if member is not None and join is not None:
            limits = member.limits
            token = secrets.token_urlsafe(16) if member.place_kept else None
            known = room.welcome(
                join.name, after=join.after, epoch=join.epoch, limits=limits, token=token
            )
            self._send([member], encode_utf8(known))
            member.room, member.name = room, join.name
        room.take(joined, by=by, connection=member, token=token)
        self._send(room.connections, room.newest)

    def _let_go(self, room: Room, left: Left) -> None:
        present, hearers = room.find(left.name), room.connections
        room.take(left)
        self._send(hearers, room.newest)
        member = present.connection if present else None
        # One that asked for it, or whose connection has ended, is in no room by now.
        if member is not None and member.room is room:
            member.room, member.name = None, ""
            self._expel(member, *LOST_SIGHT)
        if not room.members:
            # The room that was empty longest stands first among the empty ones.
            self.by_name[room.name] = self.by_name.pop(room.name)

    # ---------------------------------------------------------------- one message

    def _act(self, member: ChatConnection, message: ClientMessage) -> None:
        if isinstance(message, Enter):
            return  # Who talks here is inside, with or without a join code.
        if isinstance(message, Join):
            self._join(member, message)
            return
        if (room := member.room) is None:
            raise BadMessage("not_joined", "You are in no room. Send a join message first.")
        match message:
            case Say(text=text, id=id):
                said = room.said(member.name, text, time=self.now(), id=id)
                self._ask(room, said, member.by, lambda: self._may_say(room.name, said, member.by))
            case Whisper(to=to, text=text, id=id):
                self._whisper(member, room, to, text, id)
            case Typing(on=on):
                typing = TypingNow(name=member.name, on=on)
                others = [other for other in room.connections if other is not member]
                self._send(others, encode_utf8(typing))
                self._log.pass_on(room.name, typing)
            case AskHistory(after=after):
                events, gone = room.since(after, room.epoch)
                self._send([member], encode_utf8(History(events=events, gone=gone)))
            case Leave():
                self.leave(member)

    def _whisper(
        self, member: ChatConnection, room: Room, to: str, text: str, id: str | None
    ) -> None:
        # A longer one is nobody's, and to compare it would take seconds: see `clean_name`.
        present = room.find(to) if len(to) <= 4 * room.limits.name else None
        if present is None:
            raise BadMessage(
                "not_here", f"{NOT_HERE.format(name=to, room=room.name)} Look who is here."
            )
        if present.away:
            raise BadMessage(
                "not_here", f"{present.name} has lost the connection. Try again in a moment."
            )
        told = Whispered(name=member.name, to=present.name, text=text, time=self.now(), id=id)
        if present.connection is None:
            self._check_reached("so it cannot be whispered")
            self._log.pass_on(room.name, told)
        hearers = {member: None, present.connection: None}  # one of them, if it is to oneself
        self._send([each for each in hearers if each is not None], encode_utf8(told))

    def _keep_place(
        self, room: Room, name: str, member: ChatConnection, code: int, reason: str | None
    ) -> bool:
        """Keep the place of a member whose connection was lost; say whether that was done."""
        present = room.find(name)
        if present is None or present.connection is not member or present.token is None:
            return False
        if sum(each.away for each in room.present) >= room.most // 2:
            return False  # Else who connects and breaks off, again and again, would fill the room.
        away = replace_present(present, connection=None)
        room.place(away)
        self._send(room.connections, encode_utf8(Away(name=name, on=True)))

        def still_away() -> bool:
            # Who came back meanwhile, or joined anew, is another one; and so may the room be.
            return self.by_name.get(room.name) is room and room.find(name) is away

        def give_up() -> None:
            if still_away():
                left = room.left(name, time=self.now(), code=code, reason=reason)
                self._ask(room, left, away.by, still_away)

        self._later(member.place_kept, give_up)
        return True

    def _take_place(self, member: ChatConnection, join: Join, room: Room, before: Present) -> None:
        """Let somebody back in who has the token of that place."""
        if (old := before.connection) is not None:
            # The server has not noticed yet that this connection is lost.
            old.room, old.name = None, ""
            self._expel(old, *ELSEWHERE)
        member.by, member.room, member.name = before.by, room, before.name
        room.place(replace_present(before, connection=member))
        known = room.welcome(
            before.name,
            after=join.after,
            epoch=join.epoch,
            limits=member.limits,
            token=before.token,
        )
        self._send([member], encode_utf8(known))
        if before.away:
            others = [other for other in room.connections if other is not member]
            self._send(others, encode_utf8(Away(name=before.name, on=False)))

    def _join(self, member: ChatConnection, join: Join) -> None:
        if member.room is not None or member.by in self._joining:
            where = member.room.name if member.room else self._joining[member.by][1].room
            raise BadMessage(
                "already_joined",
                f"You are in the room {where!r} already. Send a leave message first.",
            )
        if join.token is not None and (known := self.by_name.get(join.room)) is not None:
            before = known.find(join.name)
            if before and before.token and same_secret(before.token, join.token):
                self._take_place(member, join, known, before)
                return
        self._check_reached("so nobody can join now")
        room = self._room(join.room)
        room.check_place()
        by = member.by = f"{self._log.server}-{next(self._joins)}"
        self._joining[by] = member, join
        self._ask(room, room.joined(join.name, time=self.now()), by, lambda: self._may_join(by))

    def _may_join(self, by: str) -> bool:
        """Say whether somebody who asked to join still may; else answer why not."""
        if by not in self._joining:
            return False
        member, join = self._joining[by]
        try:
            self.by_name[join.room].check_free(join.name)
        except BadMessage as problem:
            del self._joining[by]
            self._refuse(member, problem)
            return False
        return True

    def _may_say(self, room: str, said: Said, by: str) -> bool:
        """Say whether a text is a new one; if it was said before, tell who says it again."""
        if self.by_name[room].has_said(said.name, said.id):
            self.refuse_again(room, said, by)
            return False
        return True

    def _part(self, room: Room, present: Present) -> None:
        left = room.left(present.name, time=self.now(), code=1006, reason="its server is gone")
        still = partial(self._is_present, room, present.name, present.by)
        self._ask(room, left, present.by, still)

    def _is_present(self, room: Room, name: str, by: str) -> bool:
        """Say whether the one who joined with `by` is still in a room, under that name."""
        present = self.by_name.get(room.name, room).find(name)
        return present is not None and present.by == by

    def _ask(self, room: Room, event: Event, by: str, possible: Callable[[], bool]) -> None:
        self._log.ask(room.name, Asked(event, by, possible))

    def _check_reached(self, so: str) -> None:
        if not self._log.reached:
            raise BadMessage(
                "not_reached", f"The other servers are not reached, {so}. Try again later."
            )

    def _refuse(
        self, member: ChatConnection, problem: BadMessage, about: str | None = None
    ) -> None:
        answer = Error(code=problem.code, sentence=problem.sentence, about=about)
        self._send([member], encode_utf8(answer))

    def _room(self, name: str) -> Room:
        if name not in self.by_name:
            if len(self.by_name) >= self._limits.rooms:
                self._forget_an_empty_room()
            self.by_name[name] = self._new_room(name, epoch="")
            self._log.read(name)
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
        self._log.forget(empty.name)
