"""A panel whose log grows: it keeps the last rows, and sends the browser only the new ones.

It knows nothing of what a row means. A browser that opens, or reloads, gets all kept rows with
the widget's state; after that each batch says the number of its first row, so that the browser
can leave out what it has, and ask for everything again if something is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from chatlib.kernel.loop import Delayed, KernelLoop
from chatlib.panels.front_end import FrontEndWidget

# What a front end sent: always has "kind".
FrontEndMessage = dict[str, Any]
Handler = Callable[[FrontEndMessage], object]


class RowsPanel(FrontEndWidget):
    """The part that panels with a log have in common.

    A subclass adds rows with `add_row` and takes messages of its front end with `on_front_end`.
    Both work on the kernel's loop, whatever thread the front end's message arrived on.

    Attributes:
        rows: The rows that are kept. They are changed in place.
        dropped: How many older rows are no longer kept.
        cap: How many rows are kept.
    """

    rows = traitlets.List[Any]().tag(sync=True)
    dropped = traitlets.Int(0).tag(sync=True)
    cap = traitlets.Int(5000, min=1).tag(sync=True)

    # Seconds in which rows are collected into one message: one frame of a screen of 60 Hz.
    window = 0.016

    def __init__(self, loop: KernelLoop, **traits: Any) -> None:
        """Make an empty panel; everything of it happens on `loop`."""
        self._kernel_loop = loop
        # Rows at the end of `rows` that no message carried yet.
        self._unsent = 0
        # Running while new rows are collected.
        self._window: Delayed | None = None
        # What to do with a message of the front end, by its kind.
        self._handlers: dict[str, Handler] = {"rows": self._send_all}
        super().__init__(**traits)
        self.on_msg(self._from_front_end)

    def add_row(self, row: Any) -> None:
        """Keep a row and show it: at once after quiet, else with the others of this window."""
        self.keep_row(row)
        if self._window is None:
            self._collect()

    def keep_row(self, row: Any) -> None:
        """Keep a row, and let the next `flush` show it."""
        self.rows.append(row)
        self._unsent += 1

    def flush_later(self) -> None:
        """Flush after one window, with all that comes until then."""
        if self._window is None:
            self._window = self._kernel_loop.call_later(
                self.window, self._collect, on_error=self.show_error
            )

    @property
    def waiting(self) -> bool:
        """Whether there are rows that the browser does not show yet."""
        return self._unsent > 0

    def flush(self) -> None:
        """Send the rows that wait, and keep no more than `cap`."""
        surplus = len(self.rows) - self.cap
        if surplus > 0:
            del self.rows[:surplus]
            self.dropped += surplus
        unsent = min(self._unsent, len(self.rows))
        self._unsent = 0
        if unsent:
            first = self.dropped + len(self.rows) - unsent
            self.send({"kind": "rows", "first": first, "rows": self.rows[-unsent:]})

    def replace_rows(self, rows: list[Any]) -> None:
        """Show these rows instead of those that are kept."""
        self._unsent = 0
        with self.hold_sync():
            self.rows = rows[-self.cap :]
            self.dropped = len(rows) - len(self.rows)
            self._states_to_send.update({"rows", "dropped"})

    def on_front_end(self, kind: str, handler: Handler) -> None:
        """Let `handler` take the front end's messages of one kind, on the kernel's loop."""
        self._handlers[kind] = handler

    def _should_send_property(self, key: str, value: object) -> bool:
        # A browser counts dropped rows itself: telling it with each batch would double the cost.
        alone = key == "dropped" and not self._holding_sync
        return not alone and bool(super()._should_send_property(key, value))

    def _collect(self) -> None:
        self._window = None  # First of all: what comes from now on may come too late for this.
        if self.waiting:
            self.flush()
            self.flush_later()

    def _send_all(self, _: FrontEndMessage) -> None:
        self._unsent = 0
        self.send_state(["rows", "dropped"])

    def _from_front_end(self, _: object, message: FrontEndMessage, buffers: object) -> None:
        self._kernel_loop.call(self._take, message, on_error=self.show_error)

    def _take(self, message: FrontEndMessage) -> None:
        if (handler := self._handlers.get(message.get("kind", ""))) is None:
            raise ValueError(f"the browser sent a message of unknown kind {message.get('kind')!r}")
        handler(message)
