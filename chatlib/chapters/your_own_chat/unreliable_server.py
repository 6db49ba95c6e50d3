"""A learner's loop that keeps a client connected, and a server that is hard to reach.

It knows what the messages mean as far as the loop must know it: a join comes first, and what is
said comes back.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.http11 import Request, Response

from chatlib.driving.learner_program import Mistake
from chatlib.kernel.ending import end
from chatlib.kernel.watchdog import Blocked, watched
from chatlib.questions.report import raised

Stay = Callable[..., Awaitable[object]]
Messages = list[dict[str, Any]]

# Seconds in which the client must have done what is waited for. Windows tries for two seconds to
# reach a port on which nobody listens.
PATIENCE = 7.0 if sys.platform == "win32" else 3.0
PAUSE = 0.05  # seconds that the check's own delay asks for
LOOK = 0.005  # seconds between two looks
CROWD = 60  # connections in one case: more of them come from a loop that does not wait
CANCELLED_WITHIN = 1.0  # seconds

REPEAT, DROP, TAKE_AND_DIE, REFUSE = "repeat", "drop", "take and die", "refuse"
FOR_EVER = "The loop must go on for ever; it ends when its task is cancelled."


def _parsed(text: str | bytes) -> dict[str, Any]:
    """Return a message; what is no JSON object becomes one that says so."""
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {"no JSON object": str(text)}


class UnreliableServer:
    """The server of one case, and the loop that connects to it, inside of `async with`.

    Attributes:
        attempts: What `delay` was asked for.
        connections: What was received on each connection that was accepted.
        heard: What the loop handed over.
        outbox: The learner's outbox.
        treats: What becomes of a new connection: each message is repeated to its sender; it is
            closed when it has joined; the server dies with the first thing that is said; or the
            handshake is refused.
    """

    def __init__(self, stay: Stay, outbox: Any) -> None:
        """Drive `stay` with this outbox."""
        self.attempts: list[object] = []
        self.connections: list[Messages] = []
        self.heard: list[object] = []
        self.outbox = outbox
        self.treats = REPEAT
        self._stay = stay
        self._port = 0
        self._server: Server
        self._task: asyncio.Task[object]
        self._pause_is_over = True
        self._hurried = False
        # For each wait, whether the event loop stood still meanwhile.
        self._blocked: list[bool] = []

    async def __aenter__(self) -> Self:
        """Listen, and let the loop begin."""
        await self.back()
        url = f"ws://127.0.0.1:{self._port}"
        call = watched(self._stay)(url, self.outbox, self.heard.append, self._delay)
        self._task = asyncio.create_task(call)
        # Else an error of a loop whose case has passed would be shown in a later cell.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the loop and the server, whatever has happened."""
        await end({self._task}, within=CANCELLED_WITHIN)
        await self.away()

    async def back(self) -> None:
        """Listen, on the same port as before."""
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self._port,
            process_request=self._greet,
            compression=None,
            ping_interval=None,
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def away(self) -> None:
        """Cut every connection as a crash does, and stop listening."""
        self._server.close(close_connections=False)
        for connection in self._server.connections:
            connection.transport.abort()
        await self._server.wait_closed()

    async def goodbye(self) -> None:
        """Close every connection as a server does that is restarted."""
        for connection in tuple(self._server.connections):
            await connection.close(1001, "the server restarts")

    async def until(self, holds: Callable[[], object], otherwise: str) -> None:
        """Wait until something holds.

        Raises:
            Mistake: If the loop has ended, does not wait, or it does not come to hold.
            NotImplementedError: If the loop did: it is not written yet.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while not holds():
            if self._task.done():
                raise Mistake(self._ended())
            if len(self.connections) > CROWD or clock() > until:
                raise Mistake(self._crowd() or otherwise)
            await asyncio.sleep(LOOK)

    async def joined(self, number: int, otherwise: str = "It did not connect.") -> Messages:
        """Wait until connection `number`, from 1, has joined; return what is received on it."""
        await self.until(lambda: len(self.connections) >= number, otherwise)
        messages = self.connections[number - 1]
        await self.until(
            lambda: messages,
            f"Connection {number} is open, and nothing came on it. Send outbox.join first, on "
            "every new connection: the server knows nothing of the one before.",
        )
        if messages[0].get("type") != "join":
            raise Mistake(
                f"The first message on connection {number} is {json.dumps(messages[0])}. It must "
                "be outbox.join: nobody may speak before."
            )
        await self.until(
            lambda: self.outbox.connection is not None,
            "It is connected, and outbox.connection is still None: set it to the connection.",
        )
        return messages

    async def lost(self) -> None:
        """Cut the network, and wait until the loop has noticed and asks how long to wait."""
        asked = len(self.attempts)
        await self.away()
        await self.until(
            lambda: len(self.attempts) > asked + 2,
            f"The server was killed and stayed away for {PATIENCE:g} seconds, and delay(attempt) "
            f"was called {len(self.attempts) - asked} times. Wait, try again, and wait again.",
        )
        if self.outbox.connection is not None:
            raise Mistake("The connection is lost: set outbox.connection to None.")
        if (first := self.attempts[asked]) != 1:
            raise Mistake(
                f"The first wait was delay({first!r}). Count the attempts from 1, and from 1 again "
                "when a message has come."
            )

    async def ends(self) -> None:
        """Cancel the loop.

        Raises:
            Mistake: If it goes on, or has not waited as long as it was told.
        """
        if self._hurried:
            raise Mistake("It called delay(attempt) and did not wait: await asyncio.sleep(…).")
        if self._blocked and all(self._blocked):
            raise Mistake("While it waits, everything else stands still: await asyncio.sleep(…).")
        self._task.cancel()
        if (await asyncio.wait({self._task}, timeout=CANCELLED_WITHIN))[1]:
            raise Mistake(
                "Its task was cancelled, and the loop goes on. A bare except: takes the "
                "cancellation too: catch OSError and WebSocketException."
            )

    def _delay(self, attempt: object) -> float:
        self.attempts.append(attempt)
        self._hurried |= not self._pause_is_over
        self._pause_is_over = False
        asked = time.monotonic()
        asyncio.get_running_loop().call_soon(self._goes_on, asked)
        # A loop that sleeps as long as it is told wakes up after this, however slow the machine is.
        asyncio.get_running_loop().call_later(PAUSE, self._end_pause)
        return PAUSE

    def _goes_on(self, asked: float) -> None:
        self._blocked.append(time.monotonic() - asked >= PAUSE)

    def _end_pause(self) -> None:
        self._pause_is_over = True

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.treats == REFUSE:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not now\n")
        return None

    async def _handle(self, connection: ServerConnection) -> None:
        self.connections.append([])
        with suppress(ConnectionClosed):
            await self._talk(connection, self.connections[-1])

    async def _talk(self, connection: ServerConnection, received: Messages) -> None:
        async for text in connection:
            message = _parsed(text)
            received.append(message)
            if self.treats == DROP:
                return await connection.close(1013, "try again later")
            if message.get("type") == "say" and self.treats == TAKE_AND_DIE:
                return connection.transport.abort()
            kind = {"join": "joined", "say": "said"}.get(str(message.get("type")), "error")
            name = received[0].get("name")
            await connection.send(json.dumps(message | {"type": kind, "name": name}))

    def _crowd(self) -> str:
        if len(self.connections) <= CROWD:
            return ""
        return (
            f"It connected {CROWD} times without a pause: await asyncio.sleep(delay(attempt)) "
            "before each new attempt."
        )

    def _ended(self) -> str:
        error = asyncio.CancelledError() if self._task.cancelled() else self._task.exception()
        if error is None or isinstance(error, asyncio.CancelledError):
            return f"Your loop has ended. {FOR_EVER} Does while True: stand around everything?"
        if isinstance(error, NotImplementedError):
            raise error
        if isinstance(error, Blocked):
            return f"{error}. Use await asyncio.sleep(…): everything else goes on meanwhile."
        lost = isinstance(error, OSError | WebSocketException)
        caught = " So a lost or refused connection shows itself: catch it, and try again."
        return raised(error, self._stay) + caught * lost
