"""One server that gives the same messages in four ways: Starlette on uvicorn, on its own thread.

The thread has three reasons. Its CPU time is the server's and nobody else's; uvicorn touches no
signal handler outside the main thread; and a cell that blocks does not stop the server.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One message.

    Attributes:
        number: 1 for the first message of a feed.
        text: What was said.
        time: When the server took it: seconds of `time.perf_counter`.
    """

    number: int
    text: str
    time: float

    @property
    def data(self) -> dict[str, int | str]:
        """What travels, as JSON."""
        return {"number": self.number, "name": "Ana", "text": self.text}


class Feed:
    """The messages of one run. It belongs to one event loop."""

    def __init__(self) -> None:
        """Start without messages."""
        self.messages: list[FeedMessage] = []
        # How many times a client has come: HTTP requests, and WebSocket connections.
        self.visits = 0
        self._closed = False
        # Set and replaced at each message.
        self._news = asyncio.Event()

    def say(self, text: str) -> None:
        """Take a message; its time starts now."""
        self.messages.append(FeedMessage(len(self.messages) + 1, text, time.perf_counter()))
        self._wake()

    async def after(self, number: int, *, hold: float | None = None) -> list[FeedMessage] | None:
        """Wait until there is a message after `number`, and return all of these.

        Args:
            number: The last message that is known already.
            hold: The longest wait in seconds; without it there is no limit.

        Returns:
            The messages, none if the wait was too long; None when the feed was closed.
        """
        if len(self.messages) <= number and not self._closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(hold):
                    await self._news.wait()
        return None if self._closed else self.messages[number:]

    def close(self) -> None:
        """End every wait."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


Result = TypeVar("Result")

HOLD = 20.0  # seconds that a long poll waits for news, as many as websockets waits between pings
KEEP_ALIVE = 75  # seconds that an idle HTTP connection stays open; nginx takes as many


class FeedServer:
    """The server. `FeedServer.start` makes a running one; from then on it owns its feed."""

    def __init__(self) -> None:
        """Prepare a server; it listens on a free port of 127.0.0.1 but answers nobody yet."""
        self.hold = HOLD
        # Called after each empty answer to a poll was made, on the server's thread.
        self.on_empty: Callable[[], object] = lambda: None
        # asyncio sets TCP_NODELAY only where the socket says that it is TCP. Without it, the body
        # of an answer would wait some 40 ms for the acknowledgement of its head.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self._feed: Feed
        self._loop: asyncio.AbstractEventLoop
        # Tells `start` that the thread's loop runs.
        self._ready: Callable[[], object]
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                self._application(),
                http="h11",
                ws="websockets-sansio",
                # A quiet wire, as in the other notebooks: nothing compressed, and no pings.
                ws_ping_interval=None,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = Thread(target=self._run, name="feed server", daemon=True)

    @classmethod
    async def start(cls) -> Self:
        """Start a server on a thread of its own.

        Raises:
            OSError: If no port can be opened.
        """
        server = cls()
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        server._ready = lambda: ready.get_loop().call_soon_threadsafe(ready.set_result, None)
        server._thread.start()
        await ready
        return server

    async def new_feed(self) -> Feed:
        """Forget what was said, end every answer that still waits, and return the new feed."""
        return await self._on_its_loop(self._replace_feed)

    def say(self, text: str) -> None:
        """Let a message be said. May be called from any thread."""
        self._loop.call_soon_threadsafe(lambda: self._feed.say(text))

    async def cpu_time(self) -> float:
        """Return the seconds of CPU time that the server has used, in user code and in the system.

        That is all of its thread: TCP, HTTP or WebSocket, JSON, and uvicorn's own ticks. On
        Windows this clock moves every 16 ms: only sums over many messages mean something there.
        """
        return await self._on_its_loop(time.thread_time)

    async def stop(self) -> None:
        """Close every connection and end the thread. May be called twice."""
        self._uvicorn.should_exit = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._feed.close)
            await asyncio.to_thread(self._thread.join)
        self._socket.close()

    def _run(self) -> None:
        # Not the usual loop of Windows: that one forgets that what it accepts is TCP.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._feed = Feed()
        self._ready()
        await self._uvicorn.serve(sockets=[self._socket])

    def _replace_feed(self) -> Feed:
        self._feed.close()
        self._feed = Feed()
        return self._feed

    async def _on_its_loop(self, function: Callable[[], Result]) -> Result:
        async def call() -> Result:
            return function()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), self._loop))

    # The four ways

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/poll", self._poll),
                Route("/wait", self._wait),
                Route("/events", self._events),
                WebSocketRoute("/ws", self._web_socket),
            ]
        )

    async def _poll(self, request: Request) -> JSONResponse:
        """Answer at once, with what is new or with an empty list."""
        feed = self._visited()
        return self._answer(feed.messages[_last(request) :])

    async def _wait(self, request: Request) -> JSONResponse:
        """Answer as soon as there is something new, or after `hold` seconds with an empty list."""
        feed = self._visited()
        return self._answer(await feed.after(_last(request), hold=self.hold) or [])

    async def _events(self, request: Request) -> StreamingResponse:
        """Answer once, and never end: each message is an event of the stream."""
        return StreamingResponse(
            self._stream(self._visited()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache"},
        )

    async def _stream(self, feed: Feed) -> AsyncIterator[str]:
        async for said in _following(feed):
            yield f"id: {said.number}\ndata: {json.dumps(said.data)}\n\n"

    async def _web_socket(self, connection: WebSocket) -> None:
        """Send each message on an open WebSocket connection."""
        await connection.accept()
        try:
            async for said in _following(self._visited()):
                await connection.send_text(json.dumps(said.data))
        except WebSocketDisconnect:
            return  # The client has gone, which is no error of this server.

    def _visited(self) -> Feed:
        self._feed.visits += 1
        return self._feed

    def _answer(self, messages: list[FeedMessage]) -> JSONResponse:
        if not messages:
            self.on_empty()
        return JSONResponse([said.data for said in messages])


def _last(request: Request) -> int:
    return int(request.query_params.get("after", 0))


async def _following(feed: Feed) -> AsyncIterator[FeedMessage]:
    """Yield each message of a feed from the beginning, until it is closed."""
    number = 0
    while (messages := await feed.after(number)) is not None:
        for said in messages:
            number = said.number
            yield said
