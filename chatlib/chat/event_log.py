"""What numbers the events of the rooms: this server alone, or a log that several servers share.

A server only ever asks for an event; what happened in a room is what its log gives back, with a
number. So every server that reads the same log shows the same events in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chatlib.chat.messages import Event, Said, TypingNow, Whispered

# Not numbered and not kept: who is not reached at that moment never gets it.
Passing = Whispered | TypingNow


@dataclass(frozen=True, slots=True)
class Asked:
    """An event that a server asks for.

    Attributes:
        event: What is to happen; its number is the log's to give.
        by: Who asks, unique for each time that somebody joins a room: "server-number".
        possible: Says whether it still may happen, when everything before it is known.
    """

    event: Event
    by: str
    possible: Callable[[], bool]


class LoggedRooms(Protocol):
    """What a log calls on the rooms of its server."""

    def begin(self, room: str, epoch: str) -> None:
        """Begin a room, empty, whose events are numbered from 1 in this epoch."""

    def take(self, room: str, event: Event, by: str) -> None:
        """Let an event happen: the next one of its room."""

    def show_early(self, room: str, said: Said) -> None:
        """Show a text here that has no number yet."""

    def refuse_again(self, room: str, said: Said, by: str) -> None:
        """Tell who said a text that its id was used before, so that the text is not passed on."""

    def overhear(self, room: str, message: Passing) -> None:
        """Pass on what somebody on another server does."""

    def part(self, gone: Callable[[str], bool]) -> None:
        """Ask that everybody leaves who is on a server that is gone."""

    def reach(self, reached: bool) -> None:
        """Tell everybody that the other servers are reached again, or no longer."""


class EventLog(Protocol):
    """A log of the events of all rooms.

    Attributes:
        server: The name of this server in it, unique among those that share it.
        reached: Whether the other servers are reached now.
    """

    server: str
    reached: bool

    def serve(self, rooms: LoggedRooms) -> None:
        """Give back to these rooms; called once, before anything else."""

    def read(self, room: str) -> None:
        """Give back a room from its first kept event on; `LoggedRooms.begin` comes before that."""

    def forget(self, room: str) -> None:
        """Read a room no longer."""

    def ask(self, room: str, asked: Asked) -> None:
        """Ask for an event. While the others are not reached, a text is shown early.

        Raises:
            BadMessage: `not_reached`, if too much waits for the other servers.
        """

    def pass_on(self, room: str, message: Passing) -> None:
        """Show something to the other servers that need not arrive."""


class OwnLog:
    """The log of a server that shares its rooms with nobody: everything happens at once."""

    server = "here"
    reached = True

    def __init__(self, epoch: Callable[[], str]) -> None:
        """Get `epoch`, which makes a text that no other life of a room has."""
        self._epoch = epoch
        self._rooms: LoggedRooms

    def serve(self, rooms: LoggedRooms) -> None:
        """As in `EventLog`."""
        self._rooms = rooms

    def read(self, room: str) -> None:
        """As in `EventLog`."""
        self._rooms.begin(room, self._epoch())

    def forget(self, room: str) -> None:
        """As in `EventLog`: nothing is read."""

    def ask(self, room: str, asked: Asked) -> None:
        """As in `EventLog`; it is numbered already."""
        if asked.possible():
            self._rooms.take(room, asked.event, asked.by)

    def pass_on(self, room: str, message: Passing) -> None:
        """As in `EventLog`: there are no others."""
