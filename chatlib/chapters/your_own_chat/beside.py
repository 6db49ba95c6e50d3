"""What stands beside the learner's own programs in the notebook: a frame, a panel, a wire tap.

It starts nothing that the learner's program would need; `stop_all` stops all of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM
from typing import Any

from chatlib.chapters.your_own_chat.learner_program import RUN
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import OnLine, Program
from chatlib.kernel.tap import WireTap
from chatlib.panels.page_frame import PageFrame
from chatlib.panels.program_panel import ProgramPanel
from chatlib.panels.wire_panel import WirePanel

ENDS_WITHIN = 5.0  # seconds in which a server must have said goodbye

Stop = Callable[[], Coroutine[Any, Any, None]]

# How to stop what is shown, by what it is; the newest last.
_stops: dict[str, Stop] = {}


class ServerPanel(ProgramPanel):
    """The learner's server as a program, and what it writes."""

    async def ask_to_end(self) -> str:
        """Send SIGTERM to the program, wait for its end, and return how it ended.

        Windows has no such signal: there the program is killed.
        """
        if self._program is not None and self.runs and sys.platform != "win32":
            self._program.send_signal(SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), ENDS_WITHIN)
        await self.stop()
        return self.status


async def show_page(port: int, *, height: int = 320) -> PageFrame:
    """Show the page that a server on this machine gives at `/`; the frame before is emptied."""
    await _stop("page")
    frame = PageFrame(
        KernelLoop.here(), allow_origin=str, port=port, probe_port=port, room="", height=height
    )

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


async def run_server(file: str = "my_chat/server.py", *, port: int) -> ServerPanel:
    """Run the learner's server beside the kernel; it ends with the kernel.

    Args:
        file: The learner's file.
        port: What it finds in the environment variable PORT.
    """
    await _stop("server")
    loop, path, taps = KernelLoop.here(), Path(file).resolve(), list[WireTap]()

    async def launch(on_line: OnLine) -> Program:
        command = (sys.executable, "-c", RUN, path)
        environment = {"PORT": str(port)}
        return Program.start(
            loop, command, on_line=on_line, folder=path.parent, environment=environment
        )

    async def relay(port: int) -> WireTap:
        taps.append(await WireTap.start(port, name=path.name))
        return taps[-1]

    panel = ServerPanel(loop, launch, relay, title=f"python {path.name}")

    async def stop() -> None:
        await panel.stop()
        for tap in taps:
            await tap.stop()
        await loop.stop()

    _stops["server"] = stop
    return panel


async def stop_all() -> None:
    """Stop everything that this module shows. May be called twice."""
    for kind in list(_stops):
        await _stop(kind)


async def _stop(kind: str) -> None:
    if (stop := _stops.pop(kind, None)) is not None:
        await stop()
