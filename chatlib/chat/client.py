"""The chat client: one connection, joined to one room, as typed messages; why it is not there."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatlib.chat import messages
from chatlib.chat.closing import TIMEOUTS, check_close, shut
from chatlib.chat.validation import BadMessage

# Over the defaults of `websockets.connect`. No proxy: the chat is on this machine or beside it.
# A long queue: a client that nobody reads for a while still sees pings, and answers them.
DEFAULTS = {"proxy": None, "max_queue": 1024, **TIMEOUTS}
# What `connect` needs to go on; empty for the first connection.
Resume = dict[str, Any]
WELCOME_TIMEOUT = 10.0  # seconds in which a server must answer a `join`


class ChatRefused(Exception):
    """The server answered the join with an error message."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep both; the codes are listed in `docs/chat-messages.md`."""
        super().__init__(f"{sentence} ({code})")
        self.code = code
        self.sentence = sentence


class ChatClosed(Exception):
    """The connection is closed, with code 1006 if there was no closing handshake."""

    def __init__(self, code: int, reason: str, *, text: str | None = None) -> None:
        """Keep the close code and the reason; `text` is what could not be said."""
        why = f"code {code}, reason {reason!r}" if reason else f"code {code}, no reason"
        lost = "" if text is None else f" This was not sent: {text[:60]!r}."
        super().__init__(f"The connection is closed ({why}).{lost} Connect again to go on.")
        self.code = code
        self.reason = reason


class NoAnswer(TimeoutError):
    """The server took a message, and did not answer it in time; the text says what is missing."""


class ChatClient:
    """A member of a chat room. `ChatClient.connect` makes one that has joined.

    Attributes:
        other: Who is at the other end of the connection, in a word.
    """

    other = "server"

    def __init__(self, connection: ClientConnection) -> None:
        """Wrap a connection on which nothing was sent yet."""
        self.connection = connection
        # The server's answer to the join: who is in the room, what happened before.
        self.welcome: messages.Welcome
        # The number of the newest event that was received, for resuming.
        self.last_seq = 0
        # An id is this client's own prefix and a number, so it is unique in the room.
        self._prefix = secrets.token_hex(4)
        self._numbers = count(1)

    @classmethod
    async def connect(
        cls,
        url: str,
        name: str,
        *,
        room: str = "lobby",
        after: int | None = None,
        epoch: str | None = None,
        token: str | None = None,
        code: str | None = None,
        welcome_timeout: float = WELCOME_TIMEOUT,
        **options: Any,
    ) -> Self:
        """Open a connection and join a room.

        To resume, give the `resume` of the client whose connection was lost: `**lost.resume`. The
        `code` is a classroom's join code. The options are passed to `websockets.connect`. The
        timeout is in seconds.

        Raises:
            ChatRefused: If the server answers with an error message, `name_taken` for example.
            ChatClosed: If the connection closes before the answer.
            BadMessage: If the name cannot be sent, or the answer is no chat message.
            OSError: If no TCP connection can be made.
            websockets.exceptions.InvalidHandshake: If the opening handshake is refused.
            NoAnswer: If the server does not answer the join in time.
            TimeoutError: If the opening handshake takes more than `open_timeout` seconds.
        """
        join = messages.encode(
            messages.Join(name=name, room=room, after=after, epoch=epoch, token=token)
        )
        enter = [] if code is None else [messages.encode(messages.Enter(code=code))]
        client = cls(await connect(url, **{**DEFAULTS, **options}))
        try:
            await client._join(*enter, join, seconds=welcome_timeout)
        except ChatRefused:
            await client.close()
            raise
        except BaseException:
            client.connection.transport.abort()
            await client.connection.wait_closed()
            raise
        return client

    @property
    def name(self) -> str:
        """The name in the room, as the server wrote it."""
        return self.welcome.name

    @property
    def room(self) -> str:
        """The room that was joined."""
        return self.welcome.room

    @property
    def resume(self) -> Resume:
        """From where another connection can go on, with the key to this member's place."""
        epoch, token = self.welcome.epoch, self.welcome.token
        return {"after": self.last_seq, "epoch": epoch, "token": token}

    @property
    def state(self) -> str:
        """The connection's: "connecting", "open", "closing" or "closed" (RFC 6455 §4.1, §7.1)."""
        return self.connection.state.name.lower()

    @property
    def close_code(self) -> int | None:
        """The close code; None until the connection is closed, 1006 if it broke off."""
        return self.connection.close_code

    @property
    def close_reason(self) -> str | None:
        """The close reason; None until the connection is closed."""
        return self.connection.close_reason

    @property
    def ended_by(self) -> str:
        """Who closed the connection, "client" or "server"; empty if neither (RFC 6455 §7.1.5)."""
        protocol = self.connection.protocol
        if protocol.close_rcvd is None:
            return ""
        by_server = protocol.close_sent is None or protocol.close_rcvd_then_sent
        return "server" if by_server else "client"

    @property
    def local_port(self) -> int:
        """This client's TCP port: it tells its connection apart from others to the same server."""
        return int(self.connection.local_address[1])

    @property
    def queued(self) -> int:
        """Bytes that were sent and that wait in the write buffer for a slow server."""
        return self.connection.transport.get_write_buffer_size()

    def new_id(self) -> str:
        """Return an id for a text that is to be said: no other text in the room has it."""
        return f"{self._prefix}-{next(self._numbers)}"

    async def say(self, text: str, *, id: str | None = None) -> str:
        """Say something to everybody; return the id that the `said` which comes back will have.

        Give the same `id` to say something again that may have been lost with a connection.

        Raises:
            BadMessage: If the text has no UTF-8 (a lone surrogate); the connection stays.
            ChatClosed: If the connection is closed.
        """
        id = id or self.new_id()
        await self._send(messages.Say(text=text, id=id), text=text)
        return id

    async def whisper(self, to: str, text: str, *, id: str | None = None) -> str:
        """Say something to one member; both of you will receive a `Whispered` with this id.

        Raises:
            BadMessage: If the text has no UTF-8 (a lone surrogate); the connection stays.
            ChatClosed: If the connection is closed.
        """
        id = id or self.new_id()
        await self._send(messages.Whisper(to=to, text=text, id=id), text=text)
        return id

    async def typing(self, on: bool = True) -> None:
        """Tell the others that this member is typing, or no longer is."""
        await self._send(messages.Typing(on=on))

    async def history(self, after: int = 0) -> None:
        """Ask for the events after number `after`; a `History` message will be received."""
        await self._send(messages.AskHistory(after=after))

    async def leave(self) -> None:
        """Leave the room and keep the connection; this member's `Left` will be received."""
        await self._send(messages.Leave())

    async def receive(self) -> messages.ServerMessage:
        """Wait for the next message. Types that this client does not know are skipped.

        Cancelling this loses no message.

        Raises:
            ChatClosed: When the connection is closed and every message was received.
            BadMessage: If the server sent something that is no chat message.
        """
        while True:
            try:
                message = messages.parse_server(await self.connection.recv())
            except BadMessage as problem:
                if problem.code != "unknown_type":
                    raise
            except ConnectionClosed as closed:
                raise self._closed() from closed
            else:
                if isinstance(message, messages.Welcome):
                    self.welcome = message
                # What has no number yet comes again with it.
                if isinstance(message, messages.Welcome) or (
                    isinstance(message, messages.Event) and message.seq
                ):
                    self.last_seq = message.seq
                return message

    async def __aiter__(self) -> AsyncIterator[messages.ServerMessage]:
        """Yield messages until the connection is closed, however it was closed."""
        with suppress(ChatClosed):
            while True:
                yield await self.receive()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, within 1.5 seconds. Errors as in `check_close`."""
        check_close(code, reason)
        await shut(self.connection, code, reason)

    async def __aenter__(self) -> Self:
        """Return the client: `async with await ChatClient.connect(…) as client:`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    def __repr__(self) -> str:
        """Say who is where, and the connection's state."""
        return f"<ChatClient {self.name!r} in {self.room!r}: {self.state}, event {self.last_seq}>"

    async def _join(self, *said: str, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                for message in said:
                    await self.connection.send(message)
                answer = await self.receive()
        except ConnectionClosed as closed:
            raise self._closed() from closed
        except TimeoutError:
            raise NoAnswer(
                f"The connection is open, but the server did not answer `join` within {seconds:g}"
                " seconds: no `welcome` came. Is it a chat server? One of your own must send it."
            ) from None
        if isinstance(answer, messages.Error):
            raise ChatRefused(answer.code, answer.sentence)
        if not isinstance(answer, messages.Welcome):
            raise BadMessage("wrong_shape", "The server did not answer the join with a welcome.")

    async def _send(self, message: messages.Message, *, text: str | None = None) -> None:
        data = messages.encode(message)
        try:
            await self.connection.send(data)
        except ConnectionClosed as closed:
            raise self._closed(text) from closed

    def _closed(self, text: str | None = None) -> ChatClosed:
        code = self.connection.close_code or 1006
        return ChatClosed(code, self.connection.close_reason or "", text=text)
