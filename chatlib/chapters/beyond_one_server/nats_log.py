"""The bridge from a `ChatServer` to NATS: the events of each room are one JetStream stream.

A stream numbers what is published to it, keeps it, and gives it to every reader in that order. So
its sequence number is the number of the event, on all servers that share the room.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from base64 import b32encode
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace as replace_asked
from itertools import count
from typing import Any, Self

import nats
from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy, Header, StreamConfig
from nats.js.errors import APIError, NotFoundError

from chatlib.chat.event_log import Asked, Passing, Rooms
from chatlib.chat.messages import Event, Said, TypingNow, Whispered, encode_utf8, parse_server
from chatlib.chat.validation import BadMessage
from chatlib.kernel.ending import end
from chatlib.panels.news import News

KEPT = 10_000  # events of a room
MEANWHILE = 1_000  # texts that may wait while NATS is not reached
BEAT = 0.3  # seconds between two signs of life of a server
SILENCE = 1.5  # seconds without one after which a server counts as gone
ANSWER = 1.0  # seconds in which NATS must answer
PAUSE = 0.1  # seconds until something is tried again
IDLE = 1.0  # seconds between two signs of life of an idle stream
GOODBYE = 1.5  # seconds that a server that stops gets to say who left
CONNECTED = 5.0  # seconds in which NATS must be there at the beginning
# The subjects of what is not kept, and the header that says who asked for an event.
ALIVE = "chat.alive"
PASSING = "chat.passing"
BY = "Chat-By"
WRONG_LAST_SEQUENCE = 10071  # JetStream's number for "somebody else was faster"
TOO_MUCH = (
    f"The other servers are not reached, and {MEANWHILE} texts wait for them. This one was not"
    " passed on: send it again later."
)
UNREACHED = (NatsError, TimeoutError, OSError)


def stream_of(room: str) -> str:
    """Return the name of a room's stream: in a subject, a dot, a space, * and > have a meaning."""
    return "CHAT_" + b32encode(room.encode()).decode().rstrip("=")


class NatsLog:
    """An `EventLog` that all chat servers on one NATS share. `NatsLog.connect` makes one.

    Attributes:
        server: The name of this server.
        reached: Whether NATS answers.
        connection: The connection to NATS.
    """

    def __init__(self, server: str, *, replicas: int = 1) -> None:
        """Name the server; `replicas` is on how many NATS servers a room is kept."""
        # Another life of a server is another server: its members are not the same.
        self.server = f"{server}.{secrets.token_hex(2)}"
        self.reached = True
        self.connection: Client
        self._replicas = replicas
        self._rooms: Rooms
        # Of each room: its epoch, and the number of the newest event that was read.
        self._known: dict[str, tuple[str, int]] = {}
        # The number of the newest event that this server wrote itself.
        self._written: dict[str, int] = {}
        # What is to be written, oldest first, with an id: that of another try is the same.
        self._outbox: deque[tuple[str, Asked, str]] = deque()
        self._ids = count(1)
        # When each other server gave its last sign of life.
        self._seen: dict[str, float] = {}
        self._news = News()
        # How often the connection to NATS was lost: who reads must begin again.
        self._losses = 0
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @classmethod
    async def connect(
        cls, servers: str | list[str], name: str, *, replicas: int = 1, **options: Any
    ) -> Self:
        """Connect to NATS.

        Args:
            servers: `nats://127.0.0.1:4222`, or several addresses of one cluster.
            name: The name of the chat server.
            replicas: On how many NATS servers a room is kept; one of three may then be lost.
            **options: Passed to `nats.connect`: `user_credentials`, `tls`.

        Raises:
            OSError: If NATS is not there.
            TimeoutError: If it does not answer in time.
        """
        log = cls(name, replicas=replicas)
        settings: dict[str, Any] = {
            "name": name,
            "connect_timeout": 2,
            "reconnect_time_wait": PAUSE,
            "max_reconnect_attempts": -1,
            "no_echo": True,  # What this server passes on is for the others.
            "error_cb": _told_by_reached,
            "disconnected_cb": log._lost,
            "reconnected_cb": log._found,
        }
        try:
            async with asyncio.timeout(CONNECTED):
                log.connection = await nats.connect(servers, **{**settings, **options})
        except TimeoutError:
            raise ConnectionError(
                f"NATS did not answer at {servers} within {CONNECTED:g} seconds. Is it running?"
            ) from None
        await log.connection.subscribe(ALIVE, cb=log._alive)
        await log.connection.subscribe(f"{PASSING}.*", cb=log._overheard)
        return log

    async def stop(self) -> None:
        """Write what is still to be written, within 1.5 seconds, and disconnect."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self._news.until(lambda: not self._outbox or not self.reached)
        await end({*self._tasks, *self._readers.values()})
        with suppress(*UNREACHED):
            async with asyncio.timeout(GOODBYE):
                await self.connection.close()

    # ---------------------------------------------------------------- what the rooms call

    def serve(self, rooms: Rooms) -> None:
        """As in `EventLog`."""
        self._rooms = rooms
        self._tasks = {self._task(self._write(), "writes"), self._task(self._beat(), "beats")}

    def read(self, room: str) -> None:
        """As in `EventLog`."""
        self._readers[room] = self._task(self._follow(room), f"reads {room}")

    def forget(self, room: str) -> None:
        """As in `EventLog`."""
        self._readers.pop(room).cancel()
        self._known.pop(room, None)
        self._written.pop(room, None)

    def ask(self, room: str, asked: Asked) -> None:
        """As in `EventLog`."""
        id = f"{self.server}/{next(self._ids)}"
        if isinstance(said := asked.event, Said):
            if len(self._outbox) >= MEANWHILE:
                raise BadMessage("not_reached", TOO_MUCH)
            said = replace(said, id=said.id or secrets.token_hex(8))
            asked = replace_asked(asked, event=said)
            # Sent again over another server, it is still one text: the stream knows its id.
            id = f"{said.name}/{said.id}"
            if not self.reached:
                self._rooms.show_early(room, said)
        self._outbox.append((room, asked, id))
        self._news.tell()

    def pass_on(self, room: str, message: Passing) -> None:
        """As in `EventLog`: by core NATS, which keeps nothing and promises nothing."""
        sending = self.connection.publish(f"{PASSING}.{stream_of(room)}", encode_utf8(message))
        self._task(_let_fail(sending), "passes on")

    # ---------------------------------------------------------------- writing

    async def _write(self) -> None:
        """Write what is asked for, one after the other, until it is written."""
        while True:
            await self._news.until(lambda: bool(self._outbox))
            room, asked, id = self._outbox[0]
            try:
                async with asyncio.timeout(ANSWER):
                    await self._write_one(room, asked, id)
            except UNREACHED:
                self._reach(False)
                await asyncio.sleep(PAUSE)
            else:
                self._outbox.popleft()
                self._reach(True)
                self._news.tell()

    async def _write_one(self, room: str, asked: Asked, id: str) -> None:
        """Write one event, if it is still possible when everything before it is known."""
        headers = {BY: asked.by, Header.MSG_ID.value: id}
        while True:
            await self._news.until(lambda: self._is_up_to_date(room))
            if room not in self._readers or not asked.possible():
                return
            # A text is said whatever happened meanwhile. Who may join or must leave depends on it.
            known = self._known[room][1]
            if not isinstance(asked.event, Said):
                headers[Header.EXPECTED_LAST_SEQUENCE.value] = str(known)
            try:
                stream = self.connection.jetstream()
                written = await stream.publish(
                    stream_of(room), encode_utf8(asked.event), timeout=ANSWER, headers=headers
                )
            except APIError as error:
                if error.err_code != WRONG_LAST_SEQUENCE:
                    raise
                # Somebody else was faster: look again when that is known.
                self._written[room] = known + 1
            else:
                self._written[room] = max(written.seq, self._written.get(room, 0))
                return

    def _is_up_to_date(self, room: str) -> bool:
        """Say whether everything was read that this server has written to a room."""
        if room not in self._readers:
            return True
        return room in self._known and self._known[room][1] >= self._written.get(room, 0)

    # ---------------------------------------------------------------- reading

    async def _follow(self, room: str) -> None:
        """Give back the events of a room, each once and in order, whatever becomes of NATS."""
        while True:
            with suppress(*UNREACHED):
                # A lost connection ends this, and so does a stream that shows no sign of life.
                await self._follow_once(room)
            await asyncio.sleep(PAUSE)

    async def _follow_once(self, room: str) -> None:
        stream, name = self.connection.jetstream(timeout=ANSWER), stream_of(room)
        epoch = await self._epoch_of(room)
        if self._known.get(room, ("", 0))[0] != epoch:
            self._known[room] = epoch, 0
            self._written.pop(room, None)
            self._rooms.begin(room, epoch)
        position = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._known[room][1] + 1,
        )
        reading = await stream.subscribe(
            name, stream=name, config=position, ordered_consumer=True, idle_heartbeat=IDLE
        )
        losses = self._losses
        try:
            self._news.tell()
            while self._losses == losses:
                with suppress(TimeoutError):
                    self._give_back(room, await reading.next_msg(timeout=IDLE))
        finally:
            with suppress(*UNREACHED):
                await reading.unsubscribe()

    def _give_back(self, room: str, message: Msg) -> None:
        epoch, known = self._known[room]
        number = message.metadata.sequence.stream
        if number > known:
            event = parse_server(message.data.decode())
            self._known[room] = epoch, number
            if isinstance(event, Event):
                by = (message.headers or {}).get(BY, "")
                self._seen.setdefault(by.rpartition("-")[0], time.monotonic())
                self._rooms.take(room, replace(event, seq=number), by)
        self._news.tell()

    async def _epoch_of(self, room: str) -> str:
        """Return the epoch of a room's stream; make the stream if there is none."""
        stream, name = self.connection.jetstream(timeout=ANSWER), stream_of(room)
        try:
            info = await stream.stream_info(name)
        except NotFoundError:
            # Servers that do so at the same moment ask for the same stream, and get it.
            config = StreamConfig(
                name=name, subjects=[name], max_msgs=KEPT, num_replicas=self._replicas
            )
            info = await stream.add_stream(config)
        return str(info.created)

    # ---------------------------------------------------------------- the other servers

    async def _beat(self) -> None:
        """Give signs of life, and see who gives none any more."""
        while True:
            await _let_fail(self.connection.publish(ALIVE, self.server.encode()))
            if self.reached:
                self._rooms.part(self._is_gone)
            await asyncio.sleep(BEAT)

    def _is_gone(self, server: str) -> bool:
        now = time.monotonic()
        return server != self.server and now - self._seen.setdefault(server, now) > SILENCE

    async def _alive(self, message: Msg) -> None:
        self._seen[message.data.decode()] = time.monotonic()

    async def _overheard(self, message: Msg) -> None:
        rooms = {stream_of(room): room for room in self._readers}
        told = parse_server(message.data.decode())
        room = rooms.get(message.subject.rpartition(".")[2])
        if room is not None and isinstance(told, Whispered | TypingNow):
            self._rooms.overhear(room, told)

    async def _lost(self) -> None:
        self._losses += 1
        self._reach(False)

    async def _found(self) -> None:
        # Nobody could give a sign of life meanwhile.
        self._seen.clear()
        self._reach(True)

    def _reach(self, reached: bool) -> None:
        reached = reached and self.connection.is_connected
        if reached == self.reached:
            return
        self.reached = reached
        self._rooms.reach(reached)
        if not reached:
            for room, asked, _ in self._outbox:
                if isinstance(asked.event, Said):
                    self._rooms.show_early(room, asked.event)

    def _task(self, coroutine: Coroutine[Any, Any, None], verb: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=f"the log of {self.server} {verb}")
        task.add_done_callback(_show_error)
        return task


async def _told_by_reached(error: Exception) -> None:
    """Say nothing of an error of the connection: what it means is told by `reached`."""


def _show_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        context = {"message": f"An error: {task.get_name()}", "exception": error}
        task.get_loop().call_exception_handler(context)


async def _let_fail(sending: Coroutine[Any, Any, None]) -> None:
    with suppress(*UNREACHED):
        await sending
