"""A function of the learner's behind a real TCP port, in a bounded time, and what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any, Self

from chatlib.chapters.build_a_server.stream_server import StreamServer
from chatlib.kernel.ending import frames
from chatlib.kernel.watchdog import Blocked, watched
from chatlib.questions.report import Finding, raised, where

Call = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Any]]
Findings = AsyncGenerator[Finding, None]

PATIENCE = 3.0  # seconds in which a function must have answered
PAUSE = 0.002  # seconds between two chunks, so that TCP does not make one of them

# A client that asks for nothing but the protocol, and for nothing of this computer's set-up.
CLIENT: dict[str, Any] = {
    "compression": None,
    "ping_interval": None,
    "proxy": None,
    "open_timeout": PATIENCE,
    "close_timeout": 1,
}


@dataclass(frozen=True, slots=True)
class ServerStep:
    """One function of the server, which the learner writes.

    Attributes:
        given: The course's own function, which has the name of the step.
        check: Drives a function over real TCP connections, and yields a finding for each case.
    """

    given: Callable[..., Any]
    check: Callable[..., Findings]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One function, called for one connection.

    Attributes:
        returned: What it returned; None if it did not come to its end.
        error: What it raised.
        trouble: What went wrong in it, in a sentence with the line; empty if it came to its end.
        received: What the client got back.
        unread: What the client had sent and the function left unread.
    """

    returned: object = None
    error: Exception | None = None
    trouble: str = ""
    received: bytes = b""
    unread: bytes = b""


class Driven:
    """A handler that listens on a real port, until the end of the `async with` block.

    Attributes:
        returned: What the handler returned, one entry for each connection that has ended.
        errors: What it raised, likewise.
        patience: Seconds in which it must have answered.
    """

    def __init__(self, call: Call, learner: Callable[..., Any]) -> None:
        """Drive `call`; troubles are told by their line in the code of `learner`."""
        self.returned: list[object] = []
        self.errors: list[Exception] = []
        self.streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.patience = PATIENCE
        self._call = watched(call, name=learner.__name__)
        self._learner = learner
        self._running: list[asyncio.Task[Any]] = []
        self._ended = asyncio.Event()
        self._server: StreamServer

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await StreamServer.start(self._handle)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; no port and no task is left."""
        await self._server.stop()

    @property
    def port(self) -> int:
        """The port to connect to."""
        return self._server.port

    async def ended(self) -> None:
        """Wait until no connection is being handled, but no longer than `patience`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                await self._ended.wait()

    def trouble(self) -> str:
        """Say what went wrong up to now: the first error, or where a handler waits; "" if nothing.

        A handler that still waits is in trouble only if the check expects it to have ended.

        Raises:
            NotImplementedError: If the handler did: it is not written yet.
        """
        if self.errors:
            if isinstance(self.errors[0], NotImplementedError):
                raise self.errors[0]
            return self._raised(self.errors[0])
        if self._running:
            return self._waits(self._running[0])
        return ""

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.streams.append((reader, writer))
        self._running.append(task)
        self._ended.clear()
        try:
            self.returned.append(await self._call(reader, writer))
        except Exception as error:
            self.errors.append(error)
            writer.close()
        finally:
            self._running.remove(task)
            if not self._running:
                self._ended.set()

    def unanswered(self) -> str:
        """Say what went wrong when a client waits in vain: an error, or nothing but waiting."""
        if self.errors:
            return self.trouble()
        meanwhile = "".join(map(self._place, self._running[:1]))
        return f"A client waited {self.patience:g} seconds for an answer, and none came." + (
            f" Meanwhile your code waited{meanwhile}." if meanwhile else ""
        )

    def _raised(self, error: Exception) -> str:
        if not isinstance(error, Blocked):
            return raised(error, self._learner)
        place = where(walk_tb(error.__traceback__), self._learner)
        return (
            f"Your code ran for {error.seconds:.0f} seconds without a pause, so that nothing else "
            f"could go on. It was stopped{place}. Does a loop there never end, or never wait with "
            "await for the next bytes?"
        )

    def _waits(self, task: asyncio.Task[Any]) -> str:
        return (
            f"Your code was not ready within {self.patience:g} seconds: "
            f"it still waits{self._place(task)}."
        )

    def _place(self, task: asyncio.Task[Any]) -> str:
        return where(frames(task), self._learner)


async def exchange(call: Call, chunks: Iterable[bytes], learner: Callable[..., Any]) -> Outcome:
    """Run `call` for one connection that sends these chunks, and collect what comes back.

    Args:
        call: Gets the reader and the writer of the server's side.
        chunks: What the client sends, each in a TCP segment of its own.
        learner: The function that is checked.
    """
    async with Driven(call, learner) as driven:
        reader, writer = await asyncio.open_connection("127.0.0.1", driven.port)
        try:
            for chunk in chunks:
                if writer.is_closing():  # the function has failed; asyncio would warn of it
                    break
                writer.write(chunk)
                await asyncio.sleep(PAUSE)
            await driven.ended()
            if trouble := driven.trouble():
                return Outcome(error=next(iter(driven.errors), None), trouble=trouble)
            writer.write_eof()
            (served, answering) = driven.streams[0]
            unread = await served.read()
            answering.close()
            return Outcome(driven.returned[0], received=await reader.read(), unread=unread)
        finally:
            writer.transport.abort()
