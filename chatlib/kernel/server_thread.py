"""A chat server on a thread of its own: a cell that blocks the kernel's loop does not stop it.

Everything else stays where it is. So a wire tap in front of it, a panel and a client of the
notebook still wait for the cell; a phone, which comes through a port of the server itself, does
not. Work that keeps the interpreter's lock, as some C code does, stops both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any, Self, TypeVar

from chatlib.chat.connections import OnError, Port
from chatlib.chat.room import Room
from chatlib.chat.server import ChatServer, log_error
from chatlib.kernel.ending import say

T = TypeVar("T")
JOINED_WITHIN = 2.0  # seconds in which the thread must have ended when its loop was stopped


class ThreadedChatServer(ChatServer):
    """A `ChatServer` that runs on another thread, for callers on this loop: each call waits there.

    `rooms` is what that thread sees now; it goes on meanwhile.
    """

    def __init__(self) -> None:
        """Prepare a thread; `ThreadedChatServer.start` starts it."""
        # On Windows, a loop that is made or closed on the main thread takes the signals, and so
        # Interrupt, away from the kernel's own.
        with ThreadPoolExecutor(1) as elsewhere:
            self._loop = elsewhere.submit(asyncio.new_event_loop).result()
        self._thread = Thread(target=self._loop.run_forever, name="chat server", daemon=True)
        self._server: ChatServer

    @classmethod
    async def start(cls, *, on_error: OnError = log_error, **options: Any) -> Self:
        """Start the thread, and the server in it; options and errors as in `ChatServer.start`."""
        here, threaded = asyncio.get_running_loop(), cls()

        def told(error: BaseException, where: str) -> None:
            here.call_soon_threadsafe(on_error, error, where)

        threaded._thread.start()
        try:
            threaded._server = await threaded._there(ChatServer.start(on_error=told, **options))
        except BaseException:
            await threaded._end()
            raise
        return threaded

    async def open_port(self, *where: Any, **options: Any) -> Port:
        """As in `ChatServer`; the port may be closed from here."""
        port = await self._there(self._server.open_port(*where, **options))
        close = port.close
        vars(port)["close"] = lambda code, reason: self._there(close(code, reason))
        return port

    def allow_origin(self, origin: str) -> None:
        """As in `ChatServer`."""
        self._server.allow_origin(origin)

    @property
    def url(self) -> str:
        """As in `ChatServer`."""
        return self._server.url

    @property
    def port(self) -> int:
        """As in `ChatServer`."""
        return self._server.port

    @property
    def rooms(self) -> Mapping[str, Room]:
        """As in `ChatServer`."""
        return self._server.rooms

    async def disconnect(self, name: str, **closing: Any) -> None:
        """As in `ChatServer`."""
        await self._there(self._server.disconnect(name, **closing))

    async def stop(self, *closing: Any) -> None:
        """As in `ChatServer`; the thread ends too."""
        if self._loop.is_closed():
            return
        await self._there(self._server.stop(*closing))
        await self._end()

    def __repr__(self) -> str:
        """As in `ChatServer`."""
        return f"{self._server!r} on a thread of its own"

    async def _there(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop, and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    async def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, JOINED_WITHIN)
        if self._thread.is_alive():
            say(f"The thread of the chat server did not end within {JOINED_WITHIN:g} seconds.")
        else:
            await asyncio.to_thread(self._loop.close)
