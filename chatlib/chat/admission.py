"""The door for guests: it closes the connections of those who may not come in, with the reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from websockets.asyncio.server import ServerConnection

from chatlib.chat.closing import shut
from chatlib.chat.guests import Guests
from chatlib.chat.hall import Clock
from chatlib.chat.limits import Limits

TalkWithin = Callable[[ServerConnection, Limits], Awaitable[None]]


class Admission:
    """Asks the rule for each connection whose opening handshake is over."""

    def __init__(self, guests: Guests, talk: TalkWithin, clock: Clock) -> None:
        """Stand at the door.

        Args:
            guests: The rule.
            talk: Gets each connection that may come in, with the limits for guests.
            clock: Seconds that only ever grow.
        """
        self._guests = guests
        self._talk = talk
        self._clock = clock
        # Who is inside now.
        self._inside: set[ServerConnection] = set()

    async def __call__(self, connection: ServerConnection) -> None:
        """Let one connection in until it ends, or close it.

        It was opened first: a browser tells a page the close code and the reason, but nothing of a
        handshake that was refused.
        """
        assert connection.request is not None  # the opening handshake is over
        refusal = self._guests.refusal(
            connection.request.path,
            address=connection.remote_address[0],
            inside=len(self._inside),
            now=self._clock(),
        )
        if refusal is not None:
            await shut(connection, *refusal)
            return
        self._inside.add(connection)
        try:
            await self._talk(connection, self._guests.limits)
        finally:
            self._inside.discard(connection)
