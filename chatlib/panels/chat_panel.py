"""The chat panel: one member of a chat, with the state and the numbers of its connection.

It shows and sends; who may say what is the server's business. Python decides in which words
everything is said, and `chat_panel.js` only draws it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any

import traitlets
from websockets.exceptions import InvalidHandshake

from chatlib.chat import messages
from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused, NoAnswer, Resume
from chatlib.chat.closing import check_close
from chatlib.chat.reconnecting_client import PASSING
from chatlib.chat.validation import BadMessage, check_text
from chatlib.kernel.loop import Delayed, KernelLoop, News
from chatlib.panels import chat_rows
from chatlib.panels.meter import Meter
from chatlib.panels.reconnecting import Reconnecting
from chatlib.panels.rows_panel import FrontEndMessage, RowsPanel
from chatlib.panels.server_answers import ANSWER_TIMEOUT, NO_ANSWER, NO_ID, Answers
from chatlib.wire.trace import Trace
from chatlib.wire.writer import writing_as

Connect = Callable[[Resume], Awaitable[ChatClient]]
TraceOf = Callable[[ChatClient], Trace | None]

# Seconds between two updates of the numbers.
STATS_EVERY = 0.25

# What a connection attempt may end with when the panel itself has no fault.
NOT_CONNECTED = (ChatRefused, ChatClosed, BadMessage, InvalidHandshake, OSError)
# What keeps a text from being said, likewise.
NOT_SAID = (ChatRefused, ChatClosed, NoAnswer, BadMessage, ConnectionError)

STOPPED = "The lab was stopped: run the setup cell again."
REPLACED = "Another panel of this name has taken its place."
RECONNECT = "Press Reconnect to go on."
# What no server has to be asked about: a name or a room that cannot be sent.
CHANGE = "Change it in the code of the cell, and run the cell again."


class ChatPanel(RowsPanel):
    """A chat window in a notebook. It connects as soon as it is made.

    Attributes:
        name: The member's name.
        room: The room; empty until the server's welcome.
        state: "connecting", "open", "closing" or "closed".
        status: The state in words: `closed (1001 going away)`.
        why_disabled: Why nothing can be sent now; empty when something can.
        keeps: Whether what is said now is kept, and sent when the connection is back.
        stopped: Whether the panel belongs to a lab that was stopped.
        members: The names of those in the room.
        away: Those of them who have lost the connection, and keep the place for a while.
        typing: The names of others who are typing.
        stats: Round trip, messages, bytes and queue; renewed at most four times a second.
        carrier: Whose server carries the messages, as a sentence begins; empty for the lab's own.
        client: The client of the newest connection; None before the first.
    """

    name = traitlets.Unicode().tag(sync=True)
    room = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode("connecting").tag(sync=True)
    status = traitlets.Unicode("connecting").tag(sync=True)
    why_disabled = traitlets.Unicode().tag(sync=True)
    keeps = traitlets.Bool(False).tag(sync=True)
    stopped = traitlets.Bool(False).tag(sync=True)
    members = traitlets.List[str]().tag(sync=True)
    away = traitlets.List[str]().tag(sync=True)
    typing = traitlets.List[str]().tag(sync=True)
    stats = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        loop: KernelLoop,
        connect: Connect,
        *,
        name: str,
        trace_of: TraceOf | None = None,
        carrier: str = "",
        comes_back: bool = False,
        cap: int = 5000,
    ) -> None:
        """Show a panel and start connecting.

        `connect` joins the chat; it gets `ChatClient.resume`, which is empty at first. `name` is
        shown until the server's welcome. `trace_of` finds the trace of a client's connection, for
        its bytes on the wire. `carrier` is "Your server", say, if this is not the lab's own.
        With `comes_back` it connects again by itself when it has lost its connection.
        """
        super().__init__(loop, name=name, cap=cap)
        self._connect = connect
        self._trace_of = trace_of or (lambda _: None)
        self.carrier = carrier
        self.client: ChatClient | None = None
        self._meter: Meter | None = None
        # The task of the newest connection, from connecting to closed; None until it runs.
        self._task: asyncio.Task[Any] | None = None
        # Whether a connection was ever asked for, and whether it was given up meanwhile.
        self._started = False
        self._unwanted = False
        # Why it was stopped for good; empty while it was not.
        self._stopped_by = ""
        self._news = News()
        self._answers = Answers(self._news)
        # What was shown before it had a number: it comes again with it.
        self._early: set[tuple[str, str | None]] = set()
        self._stats_timer: Delayed | None = None
        again = Reconnecting(loop, self._start, self._show_when, on_error=self.show_error)
        self._reconnecting = again if comes_back else None
        # Why the newest connection is closed.
        self._why_closed = ""
        self.on_front_end("say", lambda asked: self._spawn(self._say_asked(asked), "says"))
        self.on_front_end("typing", lambda asked: self._spawn(self._typing_asked(asked), "types"))
        self.on_front_end("close", lambda _: self._spawn(self.disconnect(), "closes"))
        self.on_front_end("reconnect", lambda _: self._start())
        loop.call(self._start, on_error=self.show_error)

    async def connected(self) -> ChatPanel:
        """Wait until the connection is open, and return the panel.

        Raises:
            ConnectionError: If it could not be opened or is closed, and the panel does not connect
                again by itself; the text says why.
        """
        await self._news.until(
            lambda: self.state == "open" or (self.state == "closed" and not self._comes_back)
        )
        self._open_client()
        return self

    async def say(self, text: str) -> None:
        """Say something, and wait until the server has passed it on.

        "/whisper Budi Halo" says it to Budi alone. A panel that comes back by itself keeps what is
        said meanwhile; what was perhaps not passed on, it says again. (A whisper is not: nobody
        would know whether it is a second one.)

        Raises:
            ConnectionError: If the connection is not open, and will not be.
            BadMessage: If the text is empty, too long, or cannot be sent.
            ChatRefused: If the server refuses it, `too_fast` for example.
            ChatClosed: If the connection closes before the server's answer.
            NoAnswer: If the server does not answer in time.
        """
        id = ""
        with self._answers.expected(text):
            while True:
                await self._news.until(lambda: not self.keeps)
                client, _ = self._open_client()
                whisper = messages.addressed(text, self.members)
                check_text(whisper[1] if whisper else text, longest=client.welcome.limits.text)
                id = id or client.new_id()
                try:
                    await self._say(client, text, whisper, id)
                    return
                except ChatClosed:
                    await self._end_of(client)
                    if whisper or not self.keeps:
                        raise

    async def _say(
        self, client: ChatClient, text: str, whisper: tuple[str, str] | None, id: str
    ) -> None:
        now = time.perf_counter()
        if not self._answers.has(id):
            try:
                # A server that reads nothing lets even sending wait.
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    with self._writing():
                        await self._pass_on(client, text, whisper, id)
            except TimeoutError:
                raise NoAnswer(NO_ANSWER) from None
            if self._meter is not None:
                self._meter.sent(now, id)
        await self._answers.wait(id, text, lost=partial(self._lost, client))

    async def _pass_on(
        self, client: ChatClient, text: str, whisper: tuple[str, str] | None, id: str
    ) -> None:
        """Send a text to everybody, or to whom it is whispered."""
        await (client.whisper(*whisper, id=id) if whisper else client.say(text, id=id))

    async def heard(self, text: str) -> None:
        """Wait until somebody's message with this text is in the log."""
        await self._news.until(
            lambda: any(row[2] and row[3] == text for row in reversed(self.rows))
        )

    async def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection with a closing handshake, and wait until it is closed.

        Raises:
            ValueError: If a close frame cannot carry the code or the reason, as in `check_close`.
        """
        check_close(code, reason)
        self._stay_away()
        self.keeps = False
        self._news.tell()
        if self.state == "open" and self.client is not None:
            self._show_state("closing", why="The closing handshake is under way.")
            with self._writing():
                await self.client.close(code, reason)
        elif self.state == "connecting":
            self._unwanted = True
            if self._task is not None:
                self._task.cancel()
        await self._news.until(lambda: self.state == "closed")

    async def closed(self) -> ChatPanel:
        """Wait until the connection is closed, from whichever side, and return the panel."""
        await self._news.until(lambda: self.state == "closed")
        return self

    async def reconnect(self) -> ChatPanel:
        """Connect again if the panel is closed; messages missed meanwhile appear in order.

        Raises:
            ConnectionError: If the connection cannot be opened, or the lab was stopped.
        """
        self._start()
        return await self.connected()

    async def stop(self, why: str = STOPPED) -> None:
        """Disconnect for good. The panel goes on showing its last state. May be called twice.

        The learner reads `why`.
        """
        self._stopped_by = self._stopped_by or why
        self.stopped = True
        await self.disconnect()
        self.why_disabled = self._stopped_by
        self._show_stats()
        self.flush()

    @property
    def text(self) -> str:
        """The log as plain text."""
        return chat_rows.as_text(self.rows)

    def __repr__(self) -> str:
        """Say who this is, in which state, and how long the log is."""
        return f"<ChatPanel {self.name!r}: {self.status}, {len(self.rows)} rows>"

    def as_words(self) -> tuple[str, str]:
        """Return the state and the last rows as text and as HTML."""
        title = f"{self.name} in {self.room or 'the chat'}: {self.status}"
        plain = f"{title}\n{chat_rows.as_text(self.rows[-chat_rows.STATIC_ROWS :])}"
        return plain, chat_rows.as_html(title, self.rows)

    # ---------------------------------------------------------------- one connection

    def _start(self) -> None:
        if self.stopped or (self._started and self.state != "closed"):
            return
        self._stay_away()
        self._started = True
        self._unwanted = False
        why = "Please wait: the connection is being opened."
        self._show_state("connecting", why=why, keeps=bool(self._reconnecting and self.client))
        self._spawn(self._talk(self._resume), "talks")

    @property
    def _comes_back(self) -> bool:
        """Whether the panel will connect again by itself."""
        return bool(self._reconnecting and self._reconnecting.waiting)

    def _stay_away(self) -> None:
        if self._reconnecting:
            self._reconnecting.cancel()

    @property
    def _resume(self) -> Resume:
        return {} if self.client is None else self.client.resume

    async def _talk(self, resume: Resume) -> None:
        self._task = asyncio.current_task()
        try:
            if self._unwanted:
                raise asyncio.CancelledError
            client = await self._connect(resume)
        except BaseException as error:
            self._show_failure(error)
            if not isinstance(error, NOT_CONNECTED):
                raise
        else:
            await self._listen(client, resumed=bool(resume))

    async def _listen(self, client: ChatClient, *, resumed: bool) -> None:
        self.client = client
        self._meter = Meter(client, self._trace_of(client))
        try:
            self._show_welcome(client.welcome, resumed=resumed)
            async for message in client:
                self._meter.received()
                self._show_message(message)
                self._show_stats_soon()
        finally:
            # Nothing is left to close, unless this panel failed or was cancelled.
            await client.close()
            self._show_end(client)

    def _open_client(self) -> tuple[ChatClient, Meter]:
        if self.state != "open" or self.client is None or self._meter is None:
            raise ConnectionError(self.why_disabled)
        return self.client, self._meter

    def _lost(self, client: ChatClient) -> ChatClosed | None:
        """Return why no answer can come any more on a client's connection; None while one can."""
        if self.client is client and self.state != "closed":
            return None
        return ChatClosed(client.close_code or 1006, client.close_reason or "")

    async def _end_of(self, client: ChatClient) -> None:
        """Wait until a client's connection is known to be closed."""
        await self._news.until(lambda: self._lost(client) is not None)

    def _answered(self, id: str | None, refusal: Exception | None = None) -> bool:
        """Take the server's answer to a `say`; return whether somebody waits for it."""
        if self._meter is not None and id is not None:
            self._meter.answered(id, time.perf_counter())
        return self._answers.came(id, refusal)

    # ---------------------------------------------------------------- what the server says

    def _show_welcome(self, welcome: messages.Welcome, *, resumed: bool) -> None:
        self.name, self.room = welcome.name, welcome.room
        self.members, self.away = list(welcome.members), list(welcome.away)
        if self._reconnecting:
            self._reconnecting.opened()
        self._show_state("open", why="")
        if resumed and welcome.gone:
            self._note("Some messages are missing here: the server no longer keeps them.")
        self._show_events(welcome.events)
        for event in welcome.events:
            if isinstance(event, messages.Said):
                self._answered(event.id)

    def _show_message(self, message: messages.ServerMessage) -> None:
        match message:
            case messages.Said() | messages.Joined() | messages.Left():
                self._show_event(message)
            case messages.Whispered():
                self._show_whisper(message)
            case messages.TypingNow(name=name, on=on):
                self.typing = _with(self.typing, name, on)
            case messages.Away(name=name, on=on):
                self.away = _with(self.away, name, on)
                self.typing = _with(self.typing, name, False)
            case messages.History(events=events):
                self._note(f"The server sent {len(events)} older events, which were asked for:")
                self._show_events(events)
            case messages.Error(code=code, sentence=sentence, about=about):
                # What was said before, on a connection that was lost, has arrived.
                refusal = None if code == "said_before" else ChatRefused(code, sentence)
                if not self._answered(about, refusal):
                    self._note(f"The server says: {sentence}")
            case messages.Notice(sentence=sentence):
                self._note(sentence)
        self._news.tell()

    def _show_event(self, event: messages.Event) -> None:
        # First of all the row: it is what somebody waits for.
        self._show_events([event])
        if isinstance(event, messages.Said):
            own_words = event.name == self.name
            if own_words and event.id is None and self._answers.came_without_id(event.text):
                self._note_once(NO_ID)
            self._answered(event.id)
            if own_words and self.carrier:
                self._note_once(f"{self.carrier} carried this message.")
        elif isinstance(event, messages.Joined):
            self.members = [*self.members, event.name]
            if event.name == self.name and self._meter is not None:
                self._meter.start()
        else:
            self.members = _with(self.members, event.name, False)
            self.away = _with(self.away, event.name, False)
        if event.name in self.typing and not isinstance(event, messages.Joined):
            self.typing = _with(self.typing, event.name, False)

    def _show_whisper(self, told: messages.Whispered) -> None:
        words = f"{told.name} whispers to {told.to}: {told.text}"
        self.add_row(chat_rows.note(words, at=told.time))
        if told.name == self.name:
            self._answered(told.id)

    def _show_events(self, events: Iterable[messages.Event]) -> None:
        for event in events:
            if not self._shown_early(event):
                self.add_row(chat_rows.row_of(event, own_name=self.name))

    def _shown_early(self, event: messages.Event) -> bool:
        """Say whether an event was shown before, when it had no number; remember one without."""
        if not isinstance(event, messages.Said):
            return False
        what = event.name, event.id
        if not event.seq:
            self._early.add(what)
        elif what in self._early:
            self._early.remove(what)
            return True
        return False

    def _note_once(self, text: str) -> None:
        if not any(row[3] == text for row in self.rows):
            self._note(text)

    def _note(self, text: str) -> None:
        self.add_row(chat_rows.note(text, at=time.time()))
        self._news.tell()

    # ---------------------------------------------------------------- the state of the connection

    def _show_state(self, state: str, *, status: str = "", why: str, keeps: bool = False) -> None:
        with self.hold_sync():
            self.state = state
            self.status = status or state
            self.why_disabled = why
            self.keeps = keeps
            if state in ("connecting", "closed"):
                self.members = []
                self.away = []
                self.typing = []
        self._news.tell()

    def _show_failure(self, error: BaseException) -> None:
        cancelled = isinstance(error, asyncio.CancelledError)
        why = "It was given up before it was open." if cancelled else chat_rows.error_words(error)
        own_fault = getattr(error, "code", "") in ("bad_name", "bad_room")
        next_step = CHANGE if own_fault else RECONNECT
        # The server may still believe in the connection that was lost; else the name is another's.
        again = self.client is not None if isinstance(error, ChatRefused) else not cancelled
        why = f"The connection could not be opened. {why}"
        self._show_closed("not connected", why, next_step, again=again and not own_fault)

    def _show_end(self, client: ChatClient) -> None:
        code, reason = client.close_code or 1006, client.close_reason or ""
        words, who = chat_rows.close_words(code, reason), chat_rows.how_it_closed(client)
        if self._stopped_by and who == chat_rows.YOU:
            who = self._stopped_by.rstrip(".")
        why = f"The connection is closed: {words}."
        again, note = code in PASSING, f"{who}: {words}."
        self._show_closed(chat_rows.close_words(code), why, RECONNECT, note=note, again=again)
        self._show_stats()

    def _show_closed(
        self, how: str, why: str, next_step: str, *, note: str = "", again: bool
    ) -> None:
        reconnecting = self._reconnecting if again and not self.stopped else None
        if not reconnecting or not reconnecting.attempts:  # Attempts that fail are not told each.
            self._note(note or why)
        self._why_closed = why
        why = f"{why} {self._stopped_by or next_step}"
        goes_on = bool(reconnecting and reconnecting.may_go_on)
        keeps = goes_on and self.client is not None
        self._show_state("closed", status=f"closed ({how})", why=why, keeps=keeps)
        if reconnecting and goes_on:
            reconnecting.later()

    def _show_when(self, when: str) -> None:
        self.why_disabled = f"{self._why_closed} {when}"

    def _show_stats_soon(self) -> None:
        if self._stats_timer is None:
            self._stats_timer = self._kernel_loop.call_later(
                STATS_EVERY, self._show_stats, on_error=self.show_error
            )

    def _show_stats(self) -> None:
        if self._stats_timer is not None:
            self._stats_timer.cancel()
            self._stats_timer = None
        if self._meter is not None:
            self.stats = self._meter.stats
            # A queue drains without a message that would tell so.
            if self.stats["queued"] and self.state == "open":
                self._show_stats_soon()

    # ---------------------------------------------------------------- what the front end asks for

    async def _say_asked(self, message: FrontEndMessage) -> None:
        refused = ""
        try:
            await self.say(str(message["text"]))
        except NOT_SAID as error:
            refused = chat_rows.error_words(error)
        except BaseException as error:
            refused = f"This panel failed: {chat_rows.error_words(error)}"
            raise
        finally:
            # The browser keeps the text until it hears this.
            self.send({"kind": "answer", "id": message["id"], "refused": refused})

    async def _typing_asked(self, message: FrontEndMessage) -> None:
        if self.state == "open" and self.client is not None and self._meter is not None:
            # That the connection closes meanwhile is shown by its own state.
            with suppress(ChatClosed):
                await self.client.typing(bool(message["on"]))
                self._meter.sent(time.perf_counter())
                self._show_stats_soon()

    def _spawn(self, coroutine: Coroutine[Any, Any, Any], verb: str) -> None:
        with self._writing():
            self._kernel_loop.spawn(
                coroutine, name=f"panel of {self.name} {verb}", on_error=self.show_error
            )

    def _writing(self) -> AbstractContextManager[None]:
        return writing_as(f"{self.name}'s chat panel")


def _with(names: list[str], name: str, on: bool) -> list[str]:
    """Return names with one more at the end, or without it."""
    others = [other for other in names if other != name]
    return [*others, name] if on else others
