"""What takes part in the room besides panels: the chat's web page, and programs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from chatlib.chapters.one_room.program_panel import Launch, ProgramPanel
from chatlib.kernel.node import start_script
from chatlib.kernel.program import OnLine, Program
from chatlib.kernel.servers import carry_out
from chatlib.kernel.tap import Tapped
from chatlib.lab import Lab
from chatlib.panels.page_frame import PageFrame


def show_page(
    lab: Lab,
    name: str = "",
    *,
    room: str = "lobby",
    to: Tapped | None = None,
    height: int = 480,
    proxy: bool | None = None,
) -> PageFrame:
    """Show the chat's web page in a frame, with a link to it: a client without Python.

    Args:
        lab: The running lab, which empties the frame when it stops.
        name: The member's name; the page asks for it when not given.
        room: The room to join.
        to: Another server that speaks the chat's messages; the lab's own when not given.
        height: The frame's height in CSS pixels.
        proxy: Whether the browser goes through jupyter-server-proxy; it finds out when None.

    Raises:
        RuntimeError: If the lab was stopped.
    """
    tap = lab.tap_of(to)
    key = f"{tap.name or tap.port}/{room}/{name}"
    lab.forget("page", key)()
    page = PageFrame(
        lab.loop,
        allow_origin=lab.server.allow_origin,
        host=lab.tap.host,
        port=lab.tap.port,
        probe_port=lab.server.port,
        server_port=0 if tap is lab.tap else tap.port,
        name=name,
        room=room,
        height=height,
        proxy=proxy,
    )
    lab.keep("page", key, page.stop)
    return page


def run_program(lab: Lab, *command: str) -> ProgramPanel:
    """Run any program that one can type into, and show what it writes.

    The same command, run here before, is ended first.

    Args:
        lab: The running lab, which ends the program when it stops.
        *command: The program and its arguments.

    Raises:
        RuntimeError: If the lab was stopped.
    """

    async def launch(on_line: OnLine) -> Program:
        return Program.start(lab.loop, command, on_line=on_line)

    words = [Path(word).name if Path(word).is_absolute() else word for word in command]
    return _show(lab, launch, " ".join(words), typing=True)


def run_node(lab: Lab, script: str, *arguments: str, typing: bool = False) -> ProgramPanel:
    """Run a script with Node.js, and show what it writes. A server gets a tap of its own.

    It starts in the background: `await panel.ready()` says whether it runs. The libraries that
    a lock beside the script names are installed first. The same script with the same arguments,
    run here before, is ended first.

    Args:
        lab: The running lab, which ends the script when it stops.
        script: The script's path.
        *arguments: The script's arguments.
        typing: Whether it is a program to type into, such as a client, and no server.

    Raises:
        RuntimeError: If the lab was stopped.
    """
    launch = partial(start_script, lab.loop, script, arguments)
    title = " ".join(("node", Path(script).name, *arguments))
    return _show(lab, launch, title, typing=typing)


def _show(lab: Lab, launch: Launch, title: str, *, typing: bool) -> ProgramPanel:
    stop_before = lab.forget("program", title)

    async def launch_again(on_line: OnLine) -> Program:
        await carry_out(stop_before)
        return await launch(on_line)

    relay = partial(lab.relay, name=title)
    panel = ProgramPanel(lab.loop, launch_again, relay, title=title, typing=typing)
    lab.keep("program", title, panel.stop)
    return panel
