"""The program panel: what a program beside the kernel writes, and a line to type into it.

It shows any program. If one says that it listens at a WebSocket address, the panel has a wire tap
put in front of it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from html import escape
from signal import Signals
from typing import Any

import traitlets

from chatlib.kernel.loop import KernelLoop, News
from chatlib.kernel.program import CannotStart, OnLine, Program
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.panels.rows_panel import FrontEndMessage, RowsPanel

Launch = Callable[[OnLine], Awaitable[Program]]
Relay = Callable[[int], Awaitable[WireTap]]

CAP = 1000  # lines kept
READY_WITHIN = 60.0  # seconds; the library of a script may have to be installed first
STATIC_ROWS = 30
# What a server says in its first line.
LISTENS = re.compile(r"listening on ws://127\.0\.0\.1:(\d+)")
# What a program writes to move a terminal's cursor, and other characters that are not shown.
CONTROL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[ -~])|[\x00-\x08\x0b-\x1f\x7f]")


class ProgramPanel(RowsPanel, Tapped):
    """A small terminal in a notebook. Its program starts as soon as the panel is made.

    A row is a list: its kind ("out" what the program wrote, "in" what was typed, "note" what the
    panel says), and the text.

    Attributes:
        title: What runs, as one would type it.
        state: "starting", "running" or "ended".
        status: The state in words: `ended (code 0)`.
        typing: Whether one can type into the program; if not, it is a server.
        why_not: Why the program does not run; empty while it does.
    """

    title = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode("starting").tag(sync=True)
    status = traitlets.Unicode("starting").tag(sync=True)
    typing = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, loop: KernelLoop, launch: Launch, relay: Relay, *, title: str, typing: bool = False
    ) -> None:
        """Show a panel and start the program.

        Args:
            loop: The kernel's loop.
            launch: Starts the program; it gets a function to say each line to.
            relay: Puts a wire tap in front of a port.
            title: What runs, in one line.
            typing: Whether to type into it. If not, it is a server, and runs as soon as it says
                where it listens.
        """
        super().__init__(loop, title=title, typing=typing, cap=CAP)
        self.why_not = ""
        self._relay = relay
        self._program: Program | None = None
        # The task that starts the program and waits for its end; None until it runs.
        self._task: asyncio.Task[Any] | None = None
        # Whether the program was given up, perhaps before it was started.
        self._unwanted = False
        self._news = News()
        self.on_front_end("line", self._line_typed)
        loop.spawn(self._run(launch), name=f"runs {title}", on_error=self.show_error)

    async def ready(self, *, within: float = READY_WITHIN) -> bool:
        """Wait until the program says where it listens, or says anything if one can type into it.

        Args:
            within: Seconds.

        Returns:
            False if it has not said so, or does not run; `why_not` says why.
        """
        if not await self._news.within(within, lambda: self.state != "starting", step=within / 60):
            awaited = "anything" if self.typing else "where it listens"
            self.why_not = (
                f"It has not said {awaited} for {within:g} seconds, and it still runs. Read what it"
                " wrote. Then wait again with ready(), or end it with stop()."
            )
            self._add("note", self.why_not)
        return self.runs

    async def printed(self, text: str) -> str:
        """Wait until the program has written a line with `text` in it, and return that line.

        Raises:
            ConnectionError: If the program ended without it.
        """
        await self._news.until(lambda: self.state == "ended" or self._found(text) is not None)
        line = self._found(text)
        if line is None:
            raise ConnectionError(f"The program ended and did not write {text!r}.")
        return line

    async def write(self, line: str) -> None:
        """Type one line into the program.

        Raises:
            ConnectionError: If the program does not run.
        """
        if self._program is None or self.state == "ended":
            raise ConnectionError(self.why_not or "The program does not run yet. Wait for ready().")
        self._add("in", line)
        await self._program.write(line)

    async def ended(self) -> int | None:
        """Wait until the program has ended; return its exit code, None if it never started."""
        await self._news.until(lambda: self.state == "ended")
        return None if self._program is None else self._program.code

    async def stop(self) -> None:
        """End the program. The panel goes on showing what it wrote. May be called twice."""
        self._unwanted = True
        if self._program is not None:
            await self._program.stop()
        elif self._task is not None:
            self._task.cancel()
        await self.ended()
        self.flush()

    @property
    def runs(self) -> bool:
        """Whether the program runs."""
        return self.state == "running"

    @property
    def text(self) -> str:
        """What was written and typed, as plain text."""
        return "\n".join(_line(*row) for row in self.rows)

    def __repr__(self) -> str:
        """Say what runs, and its state."""
        return f"<ProgramPanel {self.title!r}: {self.status}>"

    def as_words(self) -> tuple[str, str]:
        """Return the state and the last lines as text and as HTML."""
        title = f"{self.title}: {self.status}"
        lines = "\n".join(_line(*row) for row in self.rows[-STATIC_ROWS:])
        html = f"<section><b>{escape(title)}</b><pre>{escape(lines)}</pre></section>"
        return f"{title}\n{lines}", html

    def _why_no_tap(self) -> str:
        return self.why_not or f"{self.title} has not said where it listens."

    async def _run(self, launch: Launch) -> None:
        self._task = asyncio.current_task()
        try:
            if self._unwanted:
                raise asyncio.CancelledError
            self._program = await launch(self._saw)
            self._news.tell()
            code = await self._program.ended()
            self._show_end(*_end_words(code))
        except (CannotStart, OSError) as problem:
            self._add("note", str(problem))
            self._show_end("not started", str(problem))
        except BaseException:
            self._show_end("not started", "It was given up.")
            raise

    def _saw(self, line: str) -> None:
        line = CONTROL.sub("", line)
        self._add("out", line)
        if self._program is None or self.state != "starting":
            return
        if self.typing:
            self._show_running()  # What it writes may come from others: a chat's past, for example.
        elif found := LISTENS.search(line):
            tapping = self._listen(int(found[1]))
            self._kernel_loop.spawn(tapping, name="taps a program", on_error=self.show_error)

    async def _listen(self, port: int) -> None:
        self._tap = await self._relay(port)
        self._show_running()

    def _show_running(self) -> None:
        if self.state == "starting":
            self.state = self.status = "running"
            self.why_not = ""
            self._news.tell()

    def _show_end(self, status: str, why: str) -> None:
        with self.hold_sync():
            self.state, self.status, self.why_not = "ended", status, why
        self._news.tell()

    def _add(self, kind: str, text: str) -> None:
        self.add_row([kind, text])
        self._news.tell()

    def _found(self, text: str) -> str | None:
        lines = (row[1] for row in reversed(self.rows) if row[0] == "out")
        return next((line for line in lines if text in line), None)

    def _line_typed(self, message: FrontEndMessage) -> None:
        writing = self.write(str(message.get("line", "")))
        self._kernel_loop.spawn(writing, name="types", on_error=self._not_typed)

    def _not_typed(self, error: BaseException) -> None:
        self._add("note", f"Not typed. {error}")


def _end_words(code: int) -> tuple[str, str]:
    """Say how a program ended, in short and in a sentence."""
    if code >= 0:
        return f"ended (code {code})", f"It has ended with code {code}."
    # A code below 0 is the number of a signal, which came from outside or from a crash.
    signal = f"signal {-code}"
    with suppress(ValueError):
        signal = f"{signal} ({Signals(-code).name})"
    return f"ended by {signal}", f"It was ended by {signal}."


def _line(kind: str, text: str) -> str:
    return {"in": "> ", "note": "· "}.get(kind, "") + text
