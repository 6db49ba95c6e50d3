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
from dataclasses import dataclass
from dataclasses import replace as replace_asked
from itertools import count, islice, takewhile
from typing import Any, Self

from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy, Header, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from chatlib.chapters.beyond_one_server.nats_connection import close_nats, connect_nats
from chatlib.chat.event_log import Asked, LoggedRooms, Passing
from chatlib.chat.messages import (
    Event,
    Said,
    ServerMessage,
    TypingNow,
    Whispered,
    encode_utf8,
    parse_server,
)
from chatlib.chat.validation import BadMessage
from chatlib.kernel.ending import end, say
from chatlib.kernel.loop import News

KEPT = 10_000  # events of a room
MEANWHILE = 5_000  # texts that may wait for NATS
TOGETHER = 100  # texts that are written at once
BEAT = 0.3  # seconds between two signs of life of a server
# Seconds without one after which a server counts as gone. A NATS that is silent is noticed sooner:
# else all would take all others for gone.
SILENCE = 1.7
ANSWER = 1.0  # seconds in which NATS must answer
PAUSE = 0.1  # seconds until something is tried again
IDLE = 1.0  # seconds between two signs of life of an idle stream
GOODBYE = 1.5  # seconds that a server that stops gets to say who left
# The subjects of what is not kept, and the header that says who asked for an event.
ALIVE = "chat.alive"
PASSING = "chat.passing"
BY = "Chat-By"
WRONG_LAST_SEQUENCE = 10071  # JetStream's number for "somebody else was faster"
TOO_MUCH = (
    f"{MEANWHILE:,} texts wait to be passed on to the other servers, and this one was not. Send it"
    " again later."
)
UNREACHED = (NatsError, TimeoutError, OSError)


def stream_of(room: str) -> str:
    """Return the name of a room's stream: in a subject, a dot, a space, * and > have a meaning."""
    return "CHAT_" + b32encode(room.encode()).decode().rstrip("=")


@dataclass(slots=True)
class Waiting:
    """Something that is to be written.

    Attributes:
        room: Where.
        asked: What.
        id: By which the stream knows it again when it is tried once more.
        tried: Whether it may have been written already.
    """

    room: str
    asked: Asked
    id: str
    tried: bool = False


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
        self._rooms: LoggedRooms
        # Of each room: its epoch, and the number of the newest event that was read.
        self._known: dict[str, tuple[str, int]] = {}
        # The number of the newest event that is known to be written.
        self._written: dict[str, int] = {}
        self._outbox: deque[Waiting] = deque()
        self._ids = count(1)
        # When each other server gave its last sign of life.
        self._seen: dict[str, float] = {}
        self._news = News()
        # How often the connection to NATS was lost: who reads must begin again.
        self._losses = 0
        self._readers: dict[str, asyncio.Task[None]] = {}
        # The loop itself keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(
        cls, servers: list[str], name: str, *, replicas: int = 1, **options: Any
    ) -> Self:
        """Connect to NATS.

        Args:
            servers: The addresses of NATS.
            name: The name of the chat server.
            replicas: On how many NATS servers a room is kept; one of three may then be lost.
            **options: Passed to `nats.connect`: `user_credentials`, `tls`.

        Raises:
            ConnectionError: As in `connect_nats`.
        """
        log = cls(name, replicas=replicas)
        # With `no_echo`, what this server passes on goes to the others alone.
        told = {"disconnected_cb": log._lost, "reconnected_cb": log._found, "no_echo": True}
        log.connection = await connect_nats(servers, name, **{**told, **options})
        await log.connection.subscribe(ALIVE, cb=log._alive)
        await log.connection.subscribe(f"{PASSING}.*", cb=log._overheard)
        return log

    async def stop(self) -> None:
        """Write what is still to be written, within 1.5 seconds, and disconnect."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self._news.until(lambda: not self._outbox or not self.reached)
        await end(set(self._tasks))
        with suppress(*UNREACHED):
            async with asyncio.timeout(GOODBYE):
                await close_nats(self.connection)

    # ---------------------------------------------------------------- what the rooms call

    def serve(self, rooms: LoggedRooms) -> None:
        """As in `EventLog`."""
        self._rooms = rooms
        self._task(self._write(), "writes")
        self._task(self._beat(), "beats")

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
        self._outbox.append(Waiting(room, asked, id))
        self._news.tell()

    def pass_on(self, room: str, message: Passing) -> None:
        """As in `EventLog`: by core NATS, which keeps nothing and promises nothing."""
        sending = self.connection.publish(f"{PASSING}.{stream_of(room)}", encode_utf8(message))
        self._task(_let_fail(sending), "passes on")

    # ---------------------------------------------------------------- writing

    async def _write(self) -> None:
        """Write what is asked for, in order, until it is written."""
        while True:
            await self._news.until(lambda: bool(self._outbox))
            texts = list(takewhile(_is_a_text, islice(self._outbox, TOGETHER)))
            try:
                async with asyncio.timeout(ANSWER):
                    # Texts need not wait for each other's answer: they are stored as they come.
                    if texts:
                        await asyncio.gather(*(self._publish(each) for each in texts))
                    else:
                        await self._write_if_possible(self._outbox[0])
            except UNREACHED:
                for each in texts:
                    each.tried = True
                self._reach(False)
                await asyncio.sleep(PAUSE)
            else:
                for _ in range(len(texts) or 1):
                    self._outbox.popleft()
                self._reach(True)
                self._news.tell()

    async def _write_if_possible(self, waiting: Waiting) -> None:
        """Write who joins or leaves, if that is possible when everything before it is known."""
        room = waiting.room
        while True:
            await self._news.until(lambda: self._is_up_to_date(room))
            if room not in self._readers or not waiting.asked.possible():
                return
            known = self._known[room][1]
            try:
                await self._publish(waiting, known=known)
            except APIError as error:
                if error.err_code != WRONG_LAST_SEQUENCE:
                    raise
                # Somebody else was faster: look again when that is known.
                self._written[room] = (await self._stream_of(room)).state.last_seq
            else:
                return

    async def _publish(self, waiting: Waiting, *, known: int | None = None) -> None:
        """Publish an event; with `known`, only if that is the number of the newest one."""
        room, asked = waiting.room, waiting.asked
        headers = {BY: asked.by, Header.MSG_ID.value: waiting.id}
        if known is not None:
            headers[Header.EXPECTED_LAST_SEQUENCE.value] = str(known)
        data = encode_utf8(asked.event)
        stream = self.connection.jetstream(timeout=ANSWER)
        written = await stream.publish(stream_of(room), data, headers=headers)
        self._written[room] = max(written.seq, self._written.get(room, 0))
        if written.duplicate and not waiting.tried and isinstance(asked.event, Said):
            self._rooms.refuse_again(room, asked.event, asked.by)

    def _is_up_to_date(self, room: str) -> bool:
        """Say whether everything was read that is known to be written in a room."""
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
        info = await self._stream_of(room)
        epoch = str(info.created)
        if self._known.get(room, ("", 0))[0] != epoch:
            self._known[room] = epoch, 0
            self._rooms.begin(room, epoch)
        self._written[room] = info.state.last_seq  # before that is read, nothing is known
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
            event = _message_in(message)
            self._known[room] = epoch, number
            if isinstance(event, Event):
                by = (message.headers or {}).get(BY, "")
                self._seen.setdefault(by.rpartition("-")[0], time.monotonic())
                self._rooms.take(room, replace(event, seq=number), by)
        self._news.tell()

    async def _stream_of(self, room: str) -> StreamInfo:
        """Return what is known of a room's stream; make the stream if there is none."""
        stream, name = self.connection.jetstream(timeout=ANSWER), stream_of(room)
        try:
            return await stream.stream_info(name)
        except NotFoundError:
            # Servers that do so at the same moment ask for the same stream, and get it.
            config = StreamConfig(
                name=name, subjects=[name], max_msgs=KEPT, num_replicas=self._replicas
            )
            return await stream.add_stream(config)

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
        told = _message_in(message)
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
            for waiting in self._outbox:
                if isinstance(waiting.asked.event, Said):
                    self._rooms.show_early(waiting.room, waiting.asked.event)

    def _task(self, coroutine: Coroutine[Any, Any, None], verb: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=f"the log of {self.server} {verb}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": f"An error: {task.get_name()}", "exception": error}
            task.get_loop().call_exception_handler(context)


def _message_in(message: Msg) -> ServerMessage | None:
    """Read what another server has published; None, with a sentence, if it is something else."""
    try:
        return parse_server(message.data.decode("utf-8", "replace"))
    except BadMessage as problem:
        say(f"Somebody else publishes to {message.subject} of the chat: {problem}")
        return None


def _is_a_text(waiting: Waiting) -> bool:
    return isinstance(waiting.asked.event, Said)


async def _let_fail(sending: Coroutine[Any, Any, None]) -> None:
    with suppress(*UNREACHED):
        await sending
