"""One room: who is in it and what happened there. Pure state: it sends nothing and has no clock."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from chatlib.chat.limits import LIMITS, Limits
from chatlib.chat.messages import Event, History, Joined, Left, Said, Welcome, encode_utf8
from chatlib.chat.validation import BadMessage, same_name

# What a server reaches a member by, a connection for example.
Peer = TypeVar("Peer")
E = TypeVar("E", Joined, Left, Said)


class Room(Generic[Peer]):
    """The members of a room, and its events numbered from 1 without a gap.

    Times are passed in, in seconds since 1970, UTC.
    """

    def __init__(self, name: str, *, epoch: str, limits: Limits = LIMITS) -> None:
        """Open an empty room.

        Args:
            name: The room's name.
            epoch: A text that no other life of this room has. Numbers of events may be compared
                only when their epoch is the same.
            limits: `history` and `history_bytes` bound what is kept.
        """
        self.name = name
        self.epoch = epoch
        self.limits = limits
        # The number of the newest event, and its JSON in UTF-8, as everybody gets it.
        self.seq = 0
        self.newest = b""
        # Names in the order of joining, by the key under which names look the same.
        self._members: dict[str, tuple[str, Peer | None]] = {}
        # The newest events, oldest first, each with the bytes of its JSON.
        self._history: deque[tuple[Event, int]] = deque()
        self._history_bytes = 0

    @property
    def members(self) -> tuple[str, ...]:
        """The names in the room, in the order of joining."""
        return tuple(name for name, _ in self._members.values())

    @property
    def peers(self) -> list[Peer]:
        """What was given to `join` for each member, in the same order."""
        return [peer for _, peer in self._members.values() if peer is not None]

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are kept, oldest first."""
        return tuple(event for event, _ in self._history)

    def join(self, name: str, *, time: float, peer: Peer | None = None) -> Joined:
        """Let somebody in.

        Args:
            name: The member's name.
            time: When.
            peer: What the server reaches the member by; it is only kept, for `peers`.

        Raises:
            BadMessage: `name_taken`, if a name that looks the same is in the room.
        """
        self.check_free(name)
        self._members[same_name(name)] = name, peer
        return self._keep(Joined(seq=self.seq + 1, name=name, time=time))

    def check_free(self, name: str) -> None:
        """Raise `BadMessage` (`name_taken`) if a name that looks the same is in the room."""
        if same_name(name) in self._members:
            raise BadMessage(
                "name_taken",
                f"Somebody called {name!r} is in the room {self.name!r}. Choose another name.",
            )

    def peer(self, name: str) -> Peer | None:
        """Return what was given to `join` for this name; None if nobody of that name is here."""
        return self._members.get(same_name(name), ("", None))[1]

    def leave(
        self, name: str, *, time: float, code: int | None = None, reason: str | None = None
    ) -> Left:
        """Let a member go.

        Args:
            name: The member's name.
            time: When.
            code: The close code, if the connection ended.
            reason: The close reason, likewise.

        Raises:
            KeyError: If nobody of that name is in the room.
        """
        del self._members[same_name(name)]
        return self._keep(Left(seq=self.seq + 1, name=name, time=time, code=code, reason=reason))

    def say(self, name: str, text: str, *, time: float, id: str | None = None) -> Said:
        """Number what a member says."""
        return self._keep(Said(seq=self.seq + 1, name=name, text=text, time=time, id=id))

    def since(self, after: int | None, epoch: str | None) -> tuple[tuple[Event, ...], bool]:
        """Return the events after number `after`, and whether some of them are gone.

        Args:
            after: The number of the event seen last; None for all that is kept.
            epoch: The epoch in which `after` was seen. Of another epoch everything is gone, and all
                that is kept is returned.
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
        """Return what a member that is about to join must know; its own `joined` comes next.

        Args:
            name: The member's name.
            after: As in `since`.
            epoch: As in `since`.
            limits: What this member may do; the room's own limits when not given.
        """
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

    def history(self, after: int) -> History:
        """Return the events after number `after` of this epoch."""
        events, gone = self.since(after, self.epoch)
        return History(events=events, gone=gone)

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
