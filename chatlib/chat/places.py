"""How many connections a port has place for."""

from __future__ import annotations

from dataclasses import dataclass

from chatlib.chat.connections import ChatConnection

FULL = 1013  # the close code of somebody for whom there is no place: "try again later"
# TCP connections above those with a place, which may wait until their opening handshake is over.
WAITING = 64


@dataclass(frozen=True, slots=True)
class Places:
    """A rule for a port of a `ChatServer`.

    Attributes:
        connections: WebSocket connections at the same time.
        per_address: Those that come from one IP address; None for no other limit. A class behind
            one router shares an address, and so do all programs on this machine.
    """

    connections: int
    per_address: int | None = None

    def may_connect(self, connection: ChatConnection) -> bool:
        """Say whether a new TCP connection is kept, before anything of it was read."""
        return len(connection.port.connections) < self.connections + WAITING

    def refusal(self, connection: ChatConnection) -> tuple[int, str] | None:
        """Return why somebody may not come in, as close code and reason; None to let them in."""
        inside = [each for each in connection.port.connections if each.admitted]
        if len(inside) >= self.connections:
            return FULL, f"the server is full (limit {self.connections}): try again later"
        address = connection.remote_address[0]
        here = sum(each.remote_address[0] == address for each in inside)
        if self.per_address is not None and here >= self.per_address:
            return FULL, f"too many connections from your address (limit {self.per_address})"
        return None
