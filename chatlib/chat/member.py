"""One connection as the chat sees it: where it is, and how fast it may talk."""

from __future__ import annotations

from dataclasses import dataclass, field

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection

from chatlib.chat.limits import FloodLimit
from chatlib.chat.room import Room


@dataclass(eq=False, slots=True)
class Member:
    """A connection, before and after it joined a room."""

    connection: ServerConnection
    flood: FloodLimit
    room: Room | None = field(default=None, init=False)
    # The name in the room; empty without a room.
    name: str = field(default="", init=False)
    # True once the server decided to close the connection: nothing is read or written any more.
    expelled: bool = field(default=False, init=False)

    def send(self, data: bytes) -> None:
        """Send one text message, given in UTF-8, without waiting. A closed connection is skipped.

        Raises:
            ExceptionGroup: If it could not be written.
        """
        broadcast((self.connection,), data, text=True, raise_exceptions=True)
