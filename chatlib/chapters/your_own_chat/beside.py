"""What stands beside the learner's own programs in the notebook: a frame, their output, a wire tap.

It starts nothing that the learner's programs would need; `stop_all` stops all of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from signal import SIGTERM

from ipywidgets import HTML

from chatlib.driving.learner_program import RUN
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import Program
from chatlib.kernel.tap import WireTap
from chatlib.panels.page_frame import PageFrame
from chatlib.panels.wire_panel import WirePanel

STARTS_WITHIN = 15.0  # seconds in which a server must say that it listens
ENDS_WITHIN = 5.0  # seconds in which it must have said goodbye
DRAWN_EVERY = 0.1  # seconds: a program may write thousands of lines in one
LONGEST_SHOWN = 1000  # characters of a line
LINES_SHOWN = 200  # the last ones of what it writes
STYLE = "max-height: 240px; overflow: auto; margin: 0; white-space: pre-wrap"

# How to stop what is shown, by what it is; the newest last.
_stops: dict[str, Callable[[], Awaitable[object]]] = {}


class RunningServer:
    """The learner's server as a program; the last line of a cell shows what it writes.

    Attributes:
        lines: The last lines that it wrote.
        state: "running", or how it ended.
    """

    def __init__(self, file: Path, port: int) -> None:
        """Start it; it ends with the kernel."""
        self.state = "running"
        self._due = False  # whether it will be drawn
        self.lines: deque[str] = deque(maxlen=LINES_SHOWN)
        self._title = f"python {file.name}"
        self._shown = HTML()
        self._listens = asyncio.Event()
        self._loop = KernelLoop.here()
        self._program = Program.start(
            self._loop,
            (sys.executable, "-c", RUN, file),
            on_line=self._saw,
            folder=file.parent,
            environment={"PORT": str(port)},
        )
        self._loop.spawn(self._wait(), name=self._title)
        self._draw()

    async def started(self) -> None:
        """Wait until it says that it listens, or has ended, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._listens.wait(), STARTS_WITHIN)

    async def ask_to_end(self) -> str:
        """Send SIGTERM to the program, wait for its end, and return how it ended.

        Windows has no such signal: there the program is killed.
        """
        if self._program.code is None and sys.platform != "win32":
            self._program.send_signal(SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._program.ended(), ENDS_WITHIN)
        await self.stop()
        return self.state

    async def stop(self) -> None:
        """Kill the program if it runs. What it wrote stays. May be called twice."""
        await self._program.stop(grace=0)
        self._show_end()
        await self._loop.stop()

    def __repr__(self) -> str:
        """Return what it wrote, below what runs."""
        return "\n".join([f"{self._title}: {self.state}", *self.lines])

    def _repr_mimebundle_(self, **options: object) -> object:
        shown = self._shown._repr_mimebundle_(**options)
        return shown | {"text/plain": repr(self)}

    async def _wait(self) -> None:
        await self._program.ended()
        self._show_end()

    def _show_end(self) -> None:
        self.state = f"ended with code {self._program.code}"
        self._listens.set()
        self._draw()

    def _saw(self, line: str) -> None:
        self.lines.append(line[:LONGEST_SHOWN])
        if "listening on ws:" in line:  # the library says "listening on" as well, and earlier
            self._listens.set()
        if not self._due:
            self._due = True
            self._loop.call_later(DRAWN_EVERY, self._draw)

    def _draw(self) -> None:
        self._due = False
        lines = escape("\n".join(self.lines))
        self._shown.value = (
            f"<b>{escape(self._title)}: {escape(self.state)}</b>"
            f'<pre role="log" tabindex="0" aria-label="Its output" style="{STYLE}">{lines}</pre>'
        )


async def show_page(port: int, *, height: int = 280, proxy: bool | None = None) -> PageFrame:
    """Show the page that a server on this machine gives at `/`; the frame before is emptied.

    Args:
        port: The server's.
        height: The frame's height in CSS pixels.
        proxy: Whether the browser goes through jupyter-server-proxy; it finds out when None.
    """
    await _stop("page")
    traits = {"port": port, "probe_port": port, "room": "", "height": height, "proxy": proxy}
    frame = PageFrame(KernelLoop.here(), allow_origin=str, **traits)

    async def stop() -> None:
        frame.stop()

    _stops["page"] = stop
    return frame


async def watch(port: int) -> tuple[WireTap, WirePanel]:
    """Put a wire tap before a port; who connects to the tap's own port is seen in the panel."""
    await _stop("tap")
    tap = await WireTap.start(port, name=f"port {port}")
    panel = WirePanel(tap.loop, tap)

    async def stop() -> None:
        panel.stop()
        await tap.stop()

    _stops["tap"] = stop
    return tap, panel


async def run_server(port: int, file: str = "my_chat/server.py") -> RunningServer:
    """Run the learner's server beside the kernel, and wait until it listens; the one before ends.

    Args:
        port: What it finds in the environment variable PORT.
        file: The learner's file.
    """
    await _stop("server")
    server = RunningServer(Path(file).resolve(), port)
    _stops["server"] = server.stop
    await server.started()
    return server


async def stop_all() -> None:
    """Stop everything that this module shows. May be called twice."""
    for kind in list(_stops):
        await _stop(kind)


async def _stop(kind: str) -> None:
    if (stop := _stops.pop(kind, None)) is not None:
        await stop()
