"""Programs beside the kernel that take part in the room."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from chatlib.kernel.node import start_script
from chatlib.lab import Lab
from chatlib.panels.program_panel import ProgramPanel


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
    return lab.program(launch, title, typing=typing)
