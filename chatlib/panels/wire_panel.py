"""The wire panel: everything that client and server sent, row by row, with the bytes of a row.

It shows traces, of a live tap or from disk; what the bytes mean is `chatlib.wire`'s job, what a
row says is written in `wire_rows` and `details`, and the browser draws it. `ChatWithWire` puts it
under chat panels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast, get_args

import ipywidgets
import traitlets

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import WireTap
from chatlib.panels.chat_panel import ChatPanel
from chatlib.panels.details import details_of
from chatlib.panels.rows_panel import FrontEndMessage, RowsPanel
from chatlib.panels.trace_files import file_of
from chatlib.panels.wire_rows import STATIC_ROWS, Ladder, began, finds, rows_of, static_table
from chatlib.wire.events import SIGNALS, TRANSITIONS, Event, State
from chatlib.wire.trace import Trace, load_traces

CAP = 10_000  # rows kept
CONNECTIONS_KEPT = 200  # connections whose rows can still be opened


class WirePanel(RowsPanel):
    """The ladder between client and server, and the details of the row that the reader chose.

    Attributes:
        connections: One dictionary for each connection: id, name, state.
        mode: "live" while it watches a tap, then "stopped"; "recorded" if it never did.
        picture: The states and the ways between them, from the table that the traces follow.
    """

    connections = traitlets.List[dict[str, Any]]().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    mode = traitlets.Enum(["recorded", "live", "stopped"], "recorded").tag(sync=True)

    # Longer than for a chat: nobody waits for a row, and drawing takes time from what it shows.
    window = 0.05

    def __init__(
        self,
        loop: KernelLoop,
        tap: WireTap | None = None,
        traces: Sequence[Trace] = (),
        *,
        cap: int = CAP,
    ) -> None:
        """Show traces, and go on showing what passes a tap.

        What the tap recorded before is shown too. Recorded traces need no server.
        """
        super().__init__(loop, cap=cap, picture=state_picture())
        # The connections by the number that their rows carry, oldest first; and by their trace.
        self._ladders: dict[int, Ladder] = {}
        self._by_trace: dict[Trace, Ladder] = {}
        # The numbers of those that a view has opened from a file.
        self._opened: set[int] = set()
        # The state of each connection as the front end knows it.
        self._states: dict[int, str] = {}
        # When the first connection began, in seconds on the recorder's clock: the panel's 0 ms.
        self._began: float | None = None
        # What passed the tap since the last drawing.
        self._seen: deque[tuple[Trace, Sequence[Event]]] = deque()
        # Ends the watching of the tap.
        self._unwatch: Callable[[], None] | None = None
        asked = {"details": self._tell_details, "search": self._search, "times": self._tell_times}
        files = {"keep": self._keep, "open": self._open, "close": self._close}
        for kind, handler in {**asked, **files}.items():
            self.on_front_end(kind, handler)
        loop.call(self._begin, tap, tuple(traces), on_error=self.show_error)

    def stop(self) -> None:
        """Stop watching the tap. The rows stay, and can still be opened. May be called twice."""
        self._kernel_loop.call(self._stop_watching, on_error=self.show_error)

    def _begin(self, tap: WireTap | None, traces: tuple[Trace, ...]) -> None:
        if tap is not None:
            self.mode = "live"
            self._unwatch = tap.watch(self._saw, on_error=self.show_error)
            traces = (*traces, *tap.traces)
        ladders = [self._ladder(trace) for trace in dict.fromkeys(traces)]
        if rows := rows_of(ladders):
            self.replace_rows(rows)
        self._show_connections()

    def _stop_watching(self) -> None:
        self.mode = "stopped"
        if self._unwatch is not None:
            self._unwatch()
        self._unwatch = None
        self.flush()

    @property
    def waiting(self) -> bool:
        """Whether something was seen, or drawn, that the browser does not show yet."""
        return bool(self._seen) or super().waiting

    def flush(self) -> None:
        """Draw what was seen, and send the rows that wait."""
        self._draw()
        super().flush()

    def _saw(self, trace: Trace, events: Sequence[Event]) -> None:
        """Remember what is to be drawn, on any thread: the connection does not wait for it."""
        self._seen.append((trace, events))
        self.flush_later()

    def _draw(self) -> None:
        while self._seen:
            self._kernel_loop.call(self._grow, *self._seen.popleft(), on_error=self.show_error)

    def _grow(self, trace: Trace, events: Sequence[Event]) -> None:
        ladder = self._ladder(trace)
        for event in events:
            self.keep_row(ladder.row(event))
        if trace.state != self._states.get(ladder.number):
            self._show_connections()

    def _ladder(self, trace: Trace) -> Ladder:
        """Return the ladder of a trace; one not seen before gets the next number."""
        if trace in self._by_trace:
            return self._by_trace[trace]
        if self._began is None:
            self._began = began(trace)
        return self._new_ladder(trace, began=self._began)

    def _new_ladder(self, trace: Trace, *, began: float) -> Ladder:
        ladder = Ladder(trace, max(self._ladders, default=0) + 1, began=began)
        self._ladders[ladder.number] = self._by_trace[trace] = ladder
        if len(self._ladders) > CONNECTIONS_KEPT:
            closed = (number for number, old in self._ladders.items() if old.trace.closed)
            self._remove(next(closed, next(iter(self._ladders))))
        return ladder

    def _remove(self, number: int) -> None:
        del self._by_trace[self._ladders.pop(number).trace]
        self._opened.discard(number)

    def _show_connections(self) -> None:
        ladders = [each for number, each in self._ladders.items() if number not in self._opened]
        self.connections = [ladder.about for ladder in ladders]
        self._states = {each["id"]: each["state"] for each in self.connections}

    def _tell_details(self, message: FrontEndMessage) -> None:
        connection, number = int(message["connection"]), int(message["number"])
        details = {"gone": f"Only the bytes of the {CONNECTIONS_KEPT} newest connections are kept."}
        if connection in self._ladders:
            details = details_of(self._ladders[connection].trace, number)
        self.send({"kind": "details", "connection": connection, "number": number, **details})

    def _search(self, message: FrontEndMessage) -> None:
        """Tell a view which rows hold a text, or bytes written in hex."""
        text = str(message["text"])
        found = [
            [number, event.number]
            for number, ladder in self._ladders.items()
            for event in ladder.trace.events
            if finds(ladder.trace, event, text)
        ]
        self.send({"kind": "found", "view": message["view"], "text": text, "rows": found})

    def _tell_times(self, message: FrontEndMessage) -> None:
        """Tell a view when rows were written and read; what only the ends know, no row has."""
        times = {
            f"{connection}:{number}": self._ladders[connection].moments(number)
            for connection, number in message["rows"]
            if connection in self._ladders
        }
        self.send({"kind": "times", "view": message["view"], "times": times})

    def _chosen(self, message: FrontEndMessage) -> list[Ladder]:
        """Return the ladders of the connections that a view names."""
        return [self._ladders[each] for each in message["connections"] if each in self._ladders]

    def _keep(self, message: FrontEndMessage) -> None:
        """Send connections as a file to the view that asked."""
        traces = [ladder.trace for ladder in self._chosen(message)]
        try:
            name, media_type, data = file_of(traces, message["form"])
        except ValueError as error:
            self._tell(message, str(error), problem=True)
            return
        answer = {"kind": "file", "view": message["view"], "name": name, "type": media_type}
        self.send(answer, buffers=[data])
        if gone := " ".join(trace.dropped_words for trace in traces).strip():
            self._tell(message, f"Saved as {name}. {gone}", problem=True)

    def _open(self, message: FrontEndMessage) -> None:
        """Send the connections of a saved file to the view that asked; their times begin at 0."""
        try:
            traces = load_traces(message["text"])
        except ValueError as error:
            self._tell(message, str(error), problem=True)
            return
        zero = min(map(began, traces), default=0)
        ladders = [self._new_ladder(trace, began=zero) for trace in traces]
        self._opened.update(ladder.number for ladder in ladders)
        answer = {"kind": "opened", "view": message["view"], "name": message["name"]}
        connections = [ladder.about for ladder in ladders]
        self.send({**answer, "rows": rows_of(ladders), "connections": connections})

    def _close(self, message: FrontEndMessage) -> None:
        """Forget the connections of a saved file: its view was closed."""
        for ladder in self._chosen(message):
            self._remove(ladder.number)

    def _tell(self, message: FrontEndMessage, text: str, **more: Any) -> None:
        """Answer the view that asked with a sentence."""
        self.send({"kind": "told", "view": message["view"], "text": text, **more})

    def as_words(self) -> tuple[str, str]:
        """Return the last rows as text and as a table."""
        self._draw()
        rows = self.rows[-STATIC_ROWS:]
        table = static_table(rows, self.dropped + len(self.rows) - len(rows) + 1)
        return table["text/plain"], table["text/html"]


class ChatWithWire(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types.
    """Chat panels side by side, and their wire under them, so that one screen holds them all."""

    def __init__(self, panels: Sequence[ChatPanel], wire: ipywidgets.DOMWidget) -> None:
        """Show these panels above this wire panel."""
        self.panels = tuple(panels)
        self.wire = wire
        super().__init__([ipywidgets.HBox(self.panels), wire])
        self.add_class("chatlib-together")

    def __iter__(self) -> Iterator[ChatPanel]:
        """Yield the chat panels."""
        return iter(self.panels)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widget, and its parts one after the other for readers without a kernel."""
        shown = cast(dict[str, Any], super()._repr_mimebundle_(**options))
        parts = [cast(Any, part)._repr_mimebundle_()[0] for part in (*self.panels, self.wire)]
        texts = ("text/plain", "text/html")
        return {**shown, **{kind: "\n".join(part[kind] for part in parts) for kind in texts}}


def state_picture() -> dict[str, Any]:
    """Return the states in their order, and each way: from, to, its signal, and what that is."""
    ways = [
        {"from": before, "to": after, "signal": signal, "words": SIGNALS[signal]}
        for (before, signal), after in TRANSITIONS.items()
    ]
    return {"states": list(get_args(State)), "ways": ways}


def show_wire(*traces: Trace) -> WirePanel:
    """Show recorded connections in a wire panel, with no lab and no server.

    Args:
        *traces: The connections: `show_wire(*Trace.load_all("talk.json"))`. None at all gives an
            empty panel, in which a saved trace can be opened.

    Raises:
        TypeError: If something else than a trace is given.
        RuntimeError: If no event loop is running here, as it is in a notebook cell.
    """
    for trace in traces:
        if not isinstance(trace, Trace):
            raise TypeError(
                f"show_wire shows traces, not {type(trace).__name__}. "
                "For a list of traces write a star before it: show_wire(*traces)."
            )
    return WirePanel(KernelLoop.here(), traces=traces)
