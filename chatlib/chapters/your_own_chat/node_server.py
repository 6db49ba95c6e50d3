"""A check of the learner's chat server in Node.js: the same clients, the same answers."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

from chatlib.driving.drive_program import Case, Drive, check_program
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.start_files import not_begun
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.node import find_node, install_libraries, rename
from chatlib.kernel.program import CannotStart
from chatlib.questions.report import Finding, Report

BLANK = "____"
# So it ends with the kernel: Node.js reads its input, and ends when that does.
ENDS_WITH_ITS_INPUT = "data:text/javascript,process.stdin.resume().on('end',()=>process.exit())"
PACKAGE = ("package.json", "package-lock.json", ".npmrc")


async def node_command(folder: str | Path) -> tuple[str, ...]:
    """Return what starts a script in this folder, with the library ws beside it.

    The library comes from the folder `node` beside this one, where it is installed if need be.

    Raises:
        CannotStart: If there is no Node.js, or the library cannot be installed.
    """
    folder = Path(folder).resolve()
    shared = folder.parent / "node"
    node = await asyncio.to_thread(find_node)
    await install_libraries(KernelLoop.here(), node, shared, on_line=print)
    if not (folder / "node_modules").exists():
        for name in PACKAGE:
            shutil.copyfile(shared / name, folder / name)
        await _copy_whole(shared / "node_modules", folder / "node_modules")
    return (node.program, "--import", ENDS_WITH_ITS_INPUT)


async def _copy_whole(found: Path, wanted: Path) -> None:
    """Copy a folder so that it appears as a whole or not at all, also if two notebooks do it."""
    with tempfile.TemporaryDirectory(dir=wanted.parent, prefix=".installing-") as place:
        copy = shutil.copytree(found, Path(place, wanted.name))
        try:
            await rename(copy, wanted)
        except OSError:
            if not wanted.exists():
                raise


async def check_node(file: str | Path) -> Report:
    """Start a chat server with Node.js, and drive it with real clients up to the first mistake.

    Args:
        file: The learner's script. If it is not there, it is made from its start file.
    """
    path = Path(file)
    open_ = not_begun(path)
    if not open_ and path.is_file():
        open_ = _blanks_left(path.read_text(encoding="utf-8", errors="replace"))
    try:
        command = await node_command(path.parent)
    except CannotStart as missing:
        open_ = str(missing)
    if open_:
        return Report.of([Finding(path.name, None, open_)])
    return await check_program(path, CASES, command=command)


def _blanks_left(text: str) -> str:
    lines = [number for number, line in enumerate(text.splitlines(), 1) if BLANK in _code(line)]
    return f"A blank {BLANK} is left in line {lines[0]}." if lines else ""


def _code(line: str) -> str:
    return line.partition("//")[0]


async def _join(client: DrivenClient) -> None:
    await client.send({"type": "join", "name": client.name})
    await client.receives({"type": "joined", "name": client.name})


async def _tells_all(drive: Drive) -> None:
    drive.hint = "Send to each connection in the map names, as text: JSON.stringify(message)."
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await _join(ana)
        await _join(budi)
        await ana.receives({"type": "joined", "name": "Budi"})
        await ana.send({"type": "say", "text": "Halo", "id": "a1"})
        for client in (ana, budi):
            await client.receives({"type": "said", "name": "Ana", "text": "Halo", "id": "a1"})
        await budi.close()
        drive.hint = "When a connection is closed, take it out of names and tell the others."
        await ana.receives({"type": "left", "name": "Budi"})


async def _survives(drive: Drive) -> None:
    drive.hint = (
        "In Node.js, an error that nobody catches ends the whole program, for everybody. Keep the "
        "try around receive, and the listener for errors."
    )
    async with drive.client("Ana", "/ws") as ana:
        await _join(ana)
        async with drive.client("Budi", "/ws") as budi:
            for bad in ("{", "[]", json.dumps({"type": "say", "text": "early"})):
                await budi.send(bad)
                await budi.receives({"type": "error", "text": str})
        async with drive.client("Citra", "/ws") as citra:
            drive.last = "Citra sent a broken frame, with an opcode that nobody knows. "
            citra.connection.transport.write(b"\x8f\x80\x00\x00\x00\x00")
            await citra.connection.wait_closed()
        await ana.send({"type": "say", "text": "Still here?"})
        await ana.receives({"type": "said", "name": "Ana", "text": "Still here?"})


CASES: dict[str, Case] = {
    "everybody hears everything": _tells_all,
    "what is broken does not end it": _survives,
}
