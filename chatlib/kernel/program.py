"""A program of its own beside the kernel, such as a server in Node.js, and what it writes.

It is started with `subprocess`, and read and written on threads: on Windows, the event loop of a
kernel cannot start processes, and whoever touches the pipe to a program may wait for it for ever.
"""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Self

from chatlib.kernel import ends_with_kernel
from chatlib.kernel.ending import say
from chatlib.kernel.loop import KernelLoop

GRACE = 1.5  # seconds between the end of a program's input and its being killed
KILLED_WITHIN = 2.0  # seconds in which a killed program must be gone, and its output read
TYPED_WITHIN = 10.0  # seconds in which a program must have taken what is typed
LONGEST_LINE = 65_536  # bytes; a longer line comes in parts
AHEAD = 200  # lines that may wait for the loop; then the program waits

# A group of its own, and no window. Elsewhere there are no such flags.
ON_WINDOWS: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "CREATE_NO_WINDOW", 0
)

ENDS_WITH_KERNEL = (sys.executable, "-m", ends_with_kernel.__name__)

ENDED = "The program has ended: it reads nothing any more."

OnLine = Callable[[str], object]


class CannotStart(Exception):
    """Something that a program needs is not on this machine; the text says what to do."""


class Program:
    """A running program. `Program.start` starts one.

    It does not get the kernel's interrupts. It should end when its standard input ends: the
    kernel's death ends that too, however the kernel dies.
    """

    def __init__(self, loop: KernelLoop, process: subprocess.Popen[bytes], on_line: OnLine) -> None:
        """Keep a process that was just started, and begin to read what it writes."""
        self._loop = loop
        self._process = process
        self._on_line = on_line
        # Without a limit, a program that writes for ever would fill the memory.
        self._ahead = threading.Semaphore(AHEAD)
        self._ended = asyncio.Event()
        # What is typed and has not been written yet; None is the end of the input.
        self._typed: queue.SimpleQueue[tuple[bytes, Future[None]] | None] = queue.SimpleQueue()
        self._input_ended = False
        for work, stream in ((self._read, process.stdout), (self._write, process.stdin)):
            name = f"{work.__name__} {process.pid}"
            threading.Thread(target=work, args=(stream,), name=name, daemon=True).start()

    @classmethod
    def start(
        cls,
        loop: KernelLoop,
        command: Sequence[str | Path],
        *,
        on_line: OnLine,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        reads_input: bool = True,
    ) -> Self:
        """Start `command`.

        Args:
            loop: Where `on_line` is called.
            command: The program and its arguments, without a shell.
            on_line: Called with each line of standard output and standard error, without its end.
            folder: The folder to work in; the kernel's own when not given.
            environment: Variables that the program gets besides the kernel's.
            reads_input: False for a program that never does: it is ended when the input ends.

        Raises:
            OSError: If the program cannot be started.
        """
        process = subprocess.Popen(
            command if reads_input else [*ENDS_WITH_KERNEL, *command],
            cwd=folder,
            env=_environment(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # An interrupt of the kernel goes to its whole group: this program is in another one.
            start_new_session=True,
            creationflags=ON_WINDOWS,
        )
        return cls(loop, process, on_line)

    @property
    def code(self) -> int | None:
        """The exit code; negative if a signal ended the program, None while it runs."""
        return self._process.returncode if self._ended.is_set() else None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send_signal(self, number: int) -> None:
        """Send a signal, as `subprocess.Popen.send_signal` does; nothing if it has ended."""
        self._process.send_signal(number)

    async def write(self, line: str) -> None:
        """Give the program one line on its standard input.

        Raises:
            ConnectionError: If the program has ended, or reads nothing.
        """
        if self._input_ended:
            raise ConnectionError(ENDED)
        written: Future[None] = Future()
        self._typed.put((f"{line}\n".encode(), written))
        try:
            await asyncio.wait_for(asyncio.wrap_future(written), TYPED_WITHIN)
        except TimeoutError:
            raise ConnectionError(
                f"The program has read nothing for {TYPED_WITHIN:g} seconds. It still runs: stop it"
                " or wait until it reads."
            ) from None
        except (OSError, ValueError):
            raise ConnectionError(ENDED) from None

    async def is_ready(self, ready: asyncio.Event, *, within: float) -> bool:
        """Wait until `ready` is set, and return whether it is: not if it ends, or needs too long.

        Args:
            ready: Set by `on_line`, when the program has written that it is ready.
            within: Seconds.
        """
        waits = {asyncio.ensure_future(each) for each in (self._ended.wait(), ready.wait())}
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        return ready.is_set()

    async def ended(self) -> int:
        """Wait until the program has ended and everything it wrote was seen; return its code."""
        await self._ended.wait()
        return self._process.returncode

    async def stop(self, *, grace: float = GRACE) -> None:
        """End the program's input, and kill it if it still runs then. May be called twice.

        Whatever it started itself is killed with it. A process that has left its group and holds
        its output is named, and no longer listened to.

        Args:
            grace: Seconds that it gets to end by itself; with 0 it is killed before it can notice
                anything, and even if the task that waits here is cancelled.
        """
        if grace:
            self.end_input()
        if not (grace and await self._ends_within(grace)) and not self._ended.is_set():
            threading.Thread(target=self._kill, name=f"kills {self._process.pid}").start()
            if not await self._ends_within(KILLED_WITHIN):
                state = "was killed" if self._process.poll() is not None else "cannot be killed"
                say(f"Program {self._process.pid} {state}, but something still holds its output.")
                self._ended.set()

    def __repr__(self) -> str:
        """Say the process id, and whether it runs."""
        state = "running" if self.code is None else f"ended with code {self.code}"
        return f"<Program {self._process.pid}: {state}>"

    def _read(self, output: IO[bytes]) -> None:
        """Read until the program has ended; on a thread of its own."""
        with output:
            while line := output.readline(LONGEST_LINE):
                self._ahead.acquire()
                self._tell(self._saw, line.decode("utf-8", "replace").rstrip("\r\n"))
        self._process.wait()
        self._tell(self._saw_end)

    def _tell(self, function: Callable[..., object], *args: str) -> None:
        # The loop is closed if the kernel is ending: then nobody is left to be told.
        with suppress(RuntimeError):
            self._loop.call(function, *args)

    def _saw(self, line: str) -> None:
        self._ahead.release()
        self._on_line(line)

    def _saw_end(self) -> None:
        self.end_input()
        self._ended.set()

    def end_input(self) -> None:
        """End the program's standard input, as Ctrl+D does. May be called twice."""
        self._input_ended = True
        self._typed.put(None)

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
        return self._ended.is_set()

    def _write(self, keyboard: IO[bytes]) -> None:
        """Write what is typed until the input is to end; on a thread of its own."""
        while (typed := self._typed.get()) is not None:
            data, written = typed
            if not written.set_running_or_notify_cancel():
                continue
            try:
                keyboard.write(data)
                keyboard.flush()
            except (OSError, ValueError) as error:
                written.set_exception(error)
            else:
                written.set_result(None)
        with suppress(OSError):
            keyboard.close()

    def _kill(self) -> None:
        if sys.platform == "win32":
            tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(tree, capture_output=True, check=False)
        else:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _environment(further: Mapping[str, str]) -> dict[str, str]:
    # A kernel asks programs for colours, which would show as strange signs.
    colours = {"FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"}
    kept = {name: value for name, value in os.environ.items() if name not in colours}
    return {**kept, "NO_COLOR": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **further}


def free_ports(count: int) -> list[int]:
    """Return so many TCP ports of 127.0.0.1 that are free now, for programs that listen there."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]
