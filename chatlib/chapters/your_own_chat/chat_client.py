"""Step 4: the learner's client for the terminal: a check types into it, and is its server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chatlib.driving import driven_client
from chatlib.driving.driven_client import differs, shown
from chatlib.driving.learner_program import OUTPUT_WITHIN, Mistake
from chatlib.driving.start_files import not_begun
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import Program
from chatlib.questions.report import Finding, Report

CONNECTS_WITHIN = 15.0  # seconds; a slow machine needs some of them to import websockets
NAME = "Ana"


class DrivenTerminal:
    """The learner's client, running, and the server that it is connected to.

    Attributes:
        connection: The server's side of the connection.
        last: What happened last, as the beginning of a sentence.
        hint: What to look at if something is not right; a case sets it.
    """

    def __init__(self) -> None:
        """Begin without a program; `drive_terminal` starts one."""
        self.last = self.hint = ""
        self.connection: ServerConnection
        self.program: Program
        self._printed: list[str] = []
        self._came: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def handle(self, connection: ServerConnection) -> None:
        """Keep the connection until it is closed."""
        self._came.put_nowait(connection)
        await connection.wait_closed()

    def saw(self, line: str) -> None:
        """Note a line that the program has written."""
        self._printed.append(line)

    async def connected(self) -> None:
        """Wait until it has connected.

        Raises:
            Mistake: If it does not.
        """
        coming = asyncio.ensure_future(self._came.get())
        ending = asyncio.ensure_future(self.program.ended())
        await asyncio.wait(
            (coming, ending), timeout=CONNECTS_WITHIN, return_when=asyncio.FIRST_COMPLETED
        )
        ended = ending.done()
        ending.cancel()
        if not coming.done():
            coming.cancel()
            how = "It ended before that." if ended else f"{CONNECTS_WITHIN:g} seconds are over."
            raise Mistake(f"Your client did not connect to the address of PORT. {how}")
        self.connection = coming.result()

    async def sends(self, expected: dict[str, object]) -> None:
        """Check the next message of the program.

        Raises:
            Mistake: If it is another one, or none comes.
        """
        within = driven_client.ANSWERS_WITHIN
        try:
            got = await asyncio.wait_for(self.connection.recv(), within)
        except TimeoutError:
            raise Mistake(
                f"{self.last}Your client should send {shown(expected)}, and sent nothing for"
                f" {within:g} seconds."
            ) from None
        except ConnectionClosed:
            raise Mistake(f"{self.last}Your client has closed its connection.") from None
        if problem := differs(got, expected):
            raise Mistake(
                f"{self.last}Your client should send {shown(expected)}, and sent {shown(got)}."
                f" {problem}"
            )

    async def tell(self, event: Mapping[str, object]) -> None:
        """Send an event to the program.

        Raises:
            Mistake: If it has closed its connection.
        """
        try:
            await self.connection.send(json.dumps(event))
        except ConnectionClosed:
            raise Mistake(f"{self.last}Your client has closed its connection.") from None
        self.last = f"The server sent {shown(event)}. "

    async def prints(self, *parts: str) -> None:
        """Check that it writes a line with these parts in it.

        Raises:
            Mistake: If it does not.
        """
        looks = int(driven_client.ANSWERS_WITHIN / 0.05)
        for _ in range(looks):
            if any(all(part in line for part in parts) for line in self._printed):
                return
            await asyncio.sleep(0.05)
        words = " and ".join(f"“{part}”" for part in parts)
        raise Mistake(
            f"{self.last}No line with {words} was printed. Is flush=True there, and"
            " does nothing block, such as input()?"
        )

    async def ends(self) -> None:
        """Check that it ends by itself.

        Raises:
            Mistake: If it runs on.
        """
        within = driven_client.ANSWERS_WITHIN
        try:
            await asyncio.wait_for(self.program.ended(), within)
        except TimeoutError:
            raise Mistake(
                f"{self.last}Your client runs on after {within:g} seconds, and should have ended."
            ) from None

    async def trouble(self) -> str:
        """Return the last line of a traceback, or what was printed last; "" if nothing."""
        await asyncio.sleep(OUTPUT_WITHIN)
        missed = [line for line in self._printed if "was never awaited" in line]
        errors = [line for line in self._printed if "Error" in line or "Exception" in line]
        last = (missed or errors or self._printed)[-1:]
        return f"Your client printed last: “{last[0]}”." if last else ""


Case = Callable[[DrivenTerminal], Awaitable[None]]


async def check_client(file: str = "my_chat/client.py") -> Report:
    """Start the learner's client, type into it, and answer it, up to the first mistake.

    A file that is not there is made from its start file.
    """
    path = Path(file)
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    findings: list[Finding] = []
    for name, case in CASES.items():
        findings.append(Finding(name, *await _outcome(path, case)))
        if not findings[-1].right:
            break
    return Report.of(findings)


async def _outcome(path: Path, case: Case) -> tuple[bool, str]:
    if not path.is_file():
        return False, f"There is no file {path.name} in the folder {path.resolve().parent}."
    async with drive_terminal(path) as terminal:
        try:
            await terminal.connected()
            await case(terminal)
        except Mistake as mistake:
            parts = (str(mistake), await terminal.trouble(), terminal.hint)
            return False, " ".join(filter(None, parts))
    return True, "Yes."


@asynccontextmanager
async def drive_terminal(path: Path) -> AsyncIterator[DrivenTerminal]:
    """Run a client whose server is the check; no process and no port is left."""
    terminal = DrivenTerminal()
    async with serve(
        terminal.handle, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=1
    ) as server:
        terminal.program = Program.start(
            KernelLoop.here(),
            (sys.executable, path.resolve(), NAME),
            on_line=terminal.saw,
            folder=path.parent,
            environment={
                "PORT": str(next(iter(server.sockets)).getsockname()[1]),
                "PYTHONUNBUFFERED": "",  # else flush=True would not be missed
            },
        )
        try:
            yield terminal
        finally:
            await terminal.program.stop(grace=0)


async def _joins(terminal: DrivenTerminal) -> None:
    terminal.hint = "Send a join as soon as you are connected. The name is sys.argv[1]."
    terminal.last = f"It was started with the name {NAME}. "
    await terminal.sends({"type": "join", "name": NAME})


async def _talks(terminal: DrivenTerminal) -> None:
    await _joins(terminal)
    terminal.hint = "Look at async for message in connection, and at print."
    for text in ("Halo!", "Selamat pagi"):
        event = {"type": "said", "name": "Budi", "text": text}
        await terminal.tell(event)
        await terminal.prints("Budi", text)
    for event, part in (
        ({"type": "joined", "name": "Citra"}, "Citra"),
        ({"type": "error", "text": "not now"}, "not now"),
    ):
        await terminal.tell(event)
        await terminal.prints(part)
    terminal.hint = "lines.get() gives one line after the other; send each as a say."
    for text in ("Hello from a terminal", "again"):
        terminal.last = f"“{text}” was typed. "
        with suppress(ConnectionError):
            await terminal.program.write(text)
        await terminal.sends({"type": "say", "text": text})


async def _input_ends(terminal: DrivenTerminal) -> None:
    await _joins(terminal)
    terminal.hint = "lines.get() gives None at the end of the input: leave the loop then."
    terminal.last = "The input has ended (Ctrl+D, on Windows Ctrl+Z and Enter). "
    terminal.program.end_input()
    await terminal.ends()
    code = terminal.connection.close_code
    if code != 1000:
        raise Mistake(f"{terminal.last}The server should see the close code 1000, and saw {code}.")


async def _server_closes(terminal: DrivenTerminal) -> None:
    await _joins(terminal)
    terminal.hint = "Behind async for, print connection.close_code, and end the loop of main."
    terminal.last = "The server closed with 1001. "
    await terminal.connection.close(1001)
    await terminal.prints("1001")
    await terminal.ends()


CASES: dict[str, Case] = {
    "it joins": _joins,
    "it talks": _talks,
    "the input ends": _input_ends,
    "the server closes": _server_closes,
}
