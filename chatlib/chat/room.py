"""One room: who is in it, and its events, numbered from 1 without a gap. It sends nothing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chatlib.chat.messages import Event, Joined, Left, Said, Welcome, encode_utf8
from chatlib.chat.validation import LIMITS, BadMessage, Limits, same_name

if TYPE_CHECKING:
    from chatlib.chat.connections import ChatConnection

E = TypeVar("E", Joined, Left, Said)

MEMBERS_PER_ROOM = 500  # of a server that is not told otherwise


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody in a room; the connection only if it is to this server. `by` is that of the log.

    Who has a token and no connection is away: the place is kept for whoever comes with the token.
    """

    name: str
    by: str = ""
    connection: ChatConnection | None = None
    token: str | None = None

    @property
    def away(self) -> bool:
        """Whether the connection was lost a moment ago."""
        return self.token is not None and self.connection is None


class Room:
    """The members of one room, and its events numbered from 1 without a gap.

    It sends nothing and has no clock: times are passed in, in seconds since 1970, UTC.
    """

    def __init__(
        self, name: str, *, epoch: str, limits: Limits = LIMITS, most: int = MEMBERS_PER_ROOM
    ) -> None:
        """Open an empty room, with place for so many members.

        `epoch` is a text that no other life of this room has: numbers of events may be compared
        only when their epoch is the same.
        """
        self.name = name
        self.epoch = epoch
        self.limits = limits
        self.most = most
        # The number of the newest event, and its JSON in UTF-8, as everybody gets it.
        self.seq = 0
        self.newest = b""
        # In the order of joining, by the key under which names look the same.
        self._members: dict[str, Present] = {}
        self._connections: tuple[ChatConnection, ...] | None = None
        # The newest events, oldest first, each with the bytes of its JSON.
        self._history: deque[tuple[Event, int]] = deque()
        self._history_bytes = 0
        # Of each text in it that has an id: who said it, and the id.
        self._said: set[tuple[str, str]] = set()

    @property
    def members(self) -> tuple[str, ...]:
        """The names in the room, in the order of joining."""
        return tuple(member.name for member in self._members.values())

    @property
    def present(self) -> tuple[Present, ...]:
        """Everybody in the room, in the same order."""
        return tuple(self._members.values())

    @property
    def connections(self) -> tuple[ChatConnection, ...]:
        """The connections to this server, in the same order; the same tuple while it holds."""
        if self._connections is None:
            members = self._members.values()
            self._connections = tuple(
                each.connection for each in members if each.connection is not None
            )
        return self._connections

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are kept, oldest first."""
        return tuple(event for event, _ in self._history)

    def find(self, name: str) -> Present | None:
        """Return who has a name that looks like this one, if anybody has."""
        return self._members.get(same_name(name))

    def check_place(self) -> None:
        """Check that one more may come in.

        Raises:
            BadMessage: `room_full`, if nobody may.
        """
        if len(self._members) >= self.most:
            raise BadMessage(
                "room_full",
                f"There are {self.most} people in the room {self.name!r}, and that is the limit."
                " Join another one, or try again later.",
            )

    def check_free(self, name: str) -> None:
        """Check that nobody in the room has this name.

        Raises:
            BadMessage: `name_taken`, if a name that looks the same is in the room.
        """
        if self.find(name) is not None:
            raise BadMessage(
                "name_taken",
                f"Somebody called {name!r} is in the room {self.name!r}. Choose another name.",
            )

    def joined(self, name: str, *, time: float) -> Joined:
        """Make the next event: somebody joins."""
        return Joined(seq=self.seq + 1, name=name, time=time)

    def left(
        self, name: str, *, time: float, code: int | None = None, reason: str | None = None
    ) -> Left:
        """Make the next event: a member leaves; with code and reason if its connection ended."""
        return Left(seq=self.seq + 1, name=name, time=time, code=code, reason=reason)

    def said(self, name: str, text: str, *, time: float, id: str | None = None) -> Said:
        """Make the next event: what a member says."""
        return Said(seq=self.seq + 1, name=name, text=text, time=time, id=id)

    def take(
        self,
        event: E,
        *,
        by: str = "",
        connection: ChatConnection | None = None,
        token: str | None = None,
    ) -> E:
        """Let an event happen; who joins is kept with the rest. Return the event."""
        if isinstance(event, Joined):
            self.place(Present(event.name, by, connection, token))
        elif isinstance(event, Left):
            self._members.pop(same_name(event.name), None)
            self._connections = None
        self.newest = encode_utf8(event)
        self.seq = event.seq
        self._history.append((event, len(self.newest)))
        self._history_bytes += len(self.newest)
        if isinstance(event, Said) and event.id:
            self._said.add((event.name, event.id))
        while len(self._history) > self.limits.history or (
            self._history_bytes > self.limits.history_bytes
        ):
            oldest, size = self._history.popleft()
            self._history_bytes -= size
            if isinstance(oldest, Said) and oldest.id:
                self._said.discard((oldest.name, oldest.id))
        return event

    def has_said(self, name: str, id: str | None) -> bool:
        """Say whether a text of this member with this id is among the events that are kept."""
        return id is not None and (name, id) in self._said

    def place(self, present: Present) -> None:
        """Put somebody where somebody of this name was, or at the end."""
        self._members[same_name(present.name)] = present
        self._connections = None

    def join(self, name: str, *, time: float) -> Joined:
        """Let somebody in, at once. Errors as in `check_free`."""
        self.check_free(name)
        return self.take(self.joined(name, time=time))

    def leave(
        self, name: str, *, time: float, code: int | None = None, reason: str | None = None
    ) -> Left:
        """Let a member go, at once; with the close code and reason if the connection ended.

        Raises:
            KeyError: If nobody of that name is in the room.
        """
        if self.find(name) is None:
            raise KeyError(name)
        return self.take(self.left(name, time=time, code=code, reason=reason))

    def say(self, name: str, text: str, *, time: float, id: str | None = None) -> Said:
        """Number what a member says, at once."""
        return self.take(self.said(name, text, time=time, id=id))

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
        self,
        name: str,
        *,
        after: int | None,
        epoch: str | None,
        limits: Limits | None = None,
        token: str | None = None,
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
            away=tuple(each.name for each in self.present if each.away and each.name != name),
            token=token,
        )

    def __repr__(self) -> str:
        """Say the name, the members and the number of the newest event."""
        return f"<Room {self.name!r}: {len(self._members)} members, {self.seq} events>"
