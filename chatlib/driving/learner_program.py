"""A learner's file as a program of its own: started, waited for, and what it says about its errors.

It gets a free port in the environment variable PORT, and listens there. It ends with the kernel.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from random import sample
from typing import Self

import psutil

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import Program

STARTS_WITHIN = 15.0  # seconds; a slow machine needs some of them to import websockets
ELSEWHERE_AFTER = 0.5  # seconds for which it may listen on another port before it is told so
HEARTBEAT = 0.2  # seconds
LOOKS_EVERY = 0.05  # seconds between two looks at the ports
OUTPUT_WITHIN = 0.3  # seconds in which what it wrote must have come here
LINES_KEPT = 400  # of what it writes
SHOWN = 200  # characters of one line that a sentence shows

# Python runs the file as `python file.py` does, and ends when its input does: so the death of the
# kernel ends it too. Asked by a line of input, it writes where it stands.
RUN = """\
import faulthandler, os, runpy, sys, threading
def watch():
    while os.read(0, 4096):
        faulthandler.dump_traceback()
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
sys.path[0], sys.argv = os.path.dirname(sys.argv[1]), sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# The last line of a Python traceback, without the module of its class; an error of Node.js.
PYTHON_ERROR = re.compile(r"(?:\w+\.)*([A-Za-z_]\w*(?:: .*)?)$")
NODE_ERROR = re.compile(r"(?:Uncaught )?(\w*Error\b.*)")
PLACE = r'(?:", line |:)(\d+)(?!\d|: )'
MISSED = r":(\d+): RuntimeWarning"
EVENT_LOOP = ("selectors.py", "windows_events.py")  # where a program is that waits for messages
GROUP_MARGIN = re.compile(r"^\s+\| ?")  # what an exception group writes before each line
READ_PORT = 'Read the port from the environment: port = int(os.environ.get("PORT", 8765)).'


@contextmanager
def interruptible() -> Iterator[None]:
    """Wake the event loop often: an interrupt of a cell that waits takes effect only then."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def beat() -> None:
        nonlocal timer
        timer = loop.call_later(HEARTBEAT, beat)

    beat()
    try:
        yield
    finally:
        timer.cancel()


class Mistake(Exception):
    """What is wrong with a learner's program, in sentences that say what to look at."""


class LearnerProgram:
    """A learner's file, running and listening inside `async with LearnerProgram(file)`.

    However the block ends, also when it is cancelled, no process and no port is left.

    Attributes:
        file: The learner's file.
        port: Where it listens, on 127.0.0.1.
        lines: The last lines that it wrote.
    """

    def __init__(self, file: str | Path, *, command: Sequence[str] = ()) -> None:
        """Name the file; `command` starts it (before its path), Python when not given."""
        self.file = Path(file).resolve()
        self.port = _free_port()
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._command = command or (sys.executable, "-c", RUN)
        self._program: Program

    async def __aenter__(self) -> Self:
        """Start it, and wait until it listens.

        Raises:
            Mistake: If there is no such file, or it does not come to listen.
        """
        if not self.file.is_file():
            raise Mistake(f"There is no file {self.file.name} in the folder {self.file.parent}.")
        self._program = Program.start(
            KernelLoop.here(),
            (*self._command, self.file),
            on_line=self.lines.append,
            folder=self.file.parent,
            environment={"PORT": str(self.port)},
        )
        try:
            await self._listens()
        except BaseException:
            await self._program.stop(grace=0)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill it."""
        await self._program.stop(grace=0)

    @property
    def url(self) -> str:
        """The WebSocket address to connect to."""
        return f"ws://127.0.0.1:{self.port}"

    async def ends_by(self, signal: int, *, within: float) -> int:
        """Send it a signal, such as SIGINT for Ctrl+C, and return its exit code.

        Raises:
            Mistake: If it runs on.
        """
        self._program.send_signal(signal)
        try:
            return await asyncio.wait_for(self._program.ended(), within)
        except TimeoutError:
            raise Mistake(f"It was asked to end, and runs on after {within:g} seconds.") from None

    async def trouble(self) -> str:
        """Say what is wrong, as far as it shows; "" if nothing.

        That is its last error or a missing await with the learner's line, its end, the line on
        which it is held up, or else what it printed last.
        """
        await asyncio.sleep(OUTPUT_WITHIN)
        if error := self._never_awaited() or self._error():
            return error
        if self._program.code is not None:
            return f"Your program has ended with code {self._program.code}."
        printed = [line for line in self.lines if line and "listening" not in line]
        last = f"Your program printed last: “{printed[-1][:SHOWN]}”." if printed else ""
        return await self._held_up() or last

    async def _held_up(self) -> str:
        """Say on which line it stands; "" if it waits for messages."""
        self.lines.clear()
        with suppress(ConnectionError):
            await self._program.write("")
            await asyncio.sleep(OUTPUT_WITHIN)
        place = next(filter(None, map(self._place, self.lines)), 0)
        waits = any(file in line for file in EVENT_LOOP for line in self.lines)
        return "" if waits or not place else f"Your program is held up {self._at(place)}."

    async def _listens(self) -> None:
        """Wait until the port is open, without connecting: a client would be counted."""
        loop, elsewhere = asyncio.get_running_loop(), 0.0
        until = loop.time() + STARTS_WITHIN
        while self.port not in (ports := self._ports()):
            if self._program.code is not None:
                raise Mistake(self._ended_early())
            elsewhere += LOOKS_EVERY * bool(ports)
            if elsewhere > ELSEWHERE_AFTER:
                raise Mistake(
                    f"Your program listens on port {min(ports)}, but the check gave it port"
                    f" {self.port}. {READ_PORT}"
                )
            if loop.time() > until:
                raise Mistake(await self._never_listens())
            await asyncio.sleep(LOOKS_EVERY)

    async def _never_listens(self) -> str:
        return (
            f"Your program runs for {STARTS_WITHIN:g} seconds now and does not listen. Does it come"
            f" to its serve(…), without input() or a loop before it? {await self.trouble()}"
        )

    def _ports(self) -> set[int]:
        """Return the ports on which it, or a process that it started, listens."""
        found: set[int] = set()
        with suppress(psutil.Error):
            process = psutil.Process(self._program.pid)
            for each in (process, *process.children(recursive=True)):
                sockets = each.net_connections("tcp")
                found |= {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}
        return found

    def _ended_early(self) -> str:
        if not (error := self._error()):
            return (
                f"Your program ended at once (code {self._program.code}) and did not listen. Is"
                " asyncio.run(main()) its last line, and does main wait with serve_forever()?"
            )
        return f"{error} {READ_PORT}" if "attempting to bind" in error else error

    def _error(self) -> str:
        """Return the last exception that it wrote, with the learner's line; "" if none."""
        lines = [GROUP_MARGIN.sub("", line) for line in self.lines]
        for start in reversed(range(len(lines))):
            place = self._place(lines[start])
            error = self._error_at(lines, start) if place else None
            # An async for that ends because a client was cut off is no mistake.
            if error and not (error.startswith("Connection") and "async for" in self._at(place)):
                return f"Your program raised {error[:SHOWN]}, {self._at(place)}."
        return ""

    def _error_at(self, lines: list[str], start: int) -> str | None:
        """Return the error to which a line with a place belongs: below it, in Node.js around it."""
        below = [line for line in lines[start + 1 :] if line[:1].strip()]
        if self.file.suffix == ".py":
            if below and below[0].startswith("Message: "):  # logging tells its error above
                below = [line for line in reversed(lines[:start]) if PYTHON_ERROR.match(line)]
            found = PYTHON_ERROR.match(below[0]) if below else None
        else:
            around = (*below, *reversed(lines[:start]))
            found = next(filter(None, map(NODE_ERROR.match, around)), None)
        return found[1] if found else None

    def _never_awaited(self) -> str:
        for line in self.lines:
            if "was never awaited" in line and (place := self._place(line, MISSED)):
                return f"An await is missing {self._at(place)}."
        return ""

    def _place(self, line: str, ending: str = PLACE) -> int:
        """Return the number of the line of the learner's file that is named here; 0 if none."""
        # faulthandler writes ASCII alone: J\xfcrgen for Jürgen.
        ascii_alone = str(self.file).encode("ascii", "backslashreplace").decode()
        names = (str(self.file), self.file.as_uri(), ascii_alone)
        found = re.search(f"(?:{'|'.join(map(re.escape, names))}){ending}", line)
        return int(found[1]) if found else 0

    def _at(self, number: int) -> str:
        lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        line = lines[number - 1].strip() if number <= len(lines) else ""
        return f"in {self.file.name}, line {number}: “{line}”"


# Below the ports that systems give to connections by themselves: else one of these may take the
# port in the moment before the program listens there.
_PORTS = cycle(sample(range(20_000, 32_000), 12_000))


def _free_port() -> int:
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("A cycle has no end.")
