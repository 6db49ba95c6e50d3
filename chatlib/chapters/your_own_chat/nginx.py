"""A real nginx in front of a server of this notebook, and a check of its configuration."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from chatlib.driving.learner_program import Mistake
from chatlib.driving.start_files import not_begun
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import CannotStart, Program
from chatlib.questions.report import Finding, Report

STARTS_WITHIN = 10.0  # seconds
LOOK = 0.02  # seconds between two looks whether it listens
ANSWERS_WITHIN = 5.0  # seconds
QUIET = 3.0  # seconds for which nobody says anything, in the check
PING = 0.5  # seconds between two pings, in the check
BIG = 100_000  # bytes of a message, in the check
PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")

NO_NGINX = (
    "nginx is not on this machine, so nothing ran here: read on. To try it, install nginx (Debian "
    "and Ubuntu: sudo apt install nginx; macOS: brew install nginx; Windows: unpack the archive of "
    "nginx.org and put its folder into PATH), then start the course again."
)
# It runs nginx, and ends it when its input ends: so the death of the kernel ends both.
GUARD = """\
import subprocess, sys, threading
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
def end():
    sys.stdin.buffer.read()
    program.terminate()
threading.Thread(target=end, daemon=True).start()
sys.exit(program.wait())
"""
ERROR = re.compile(r"\[(?:emerg|alert|crit|error)\] (?:[\d#]+: )?(?:\*\d+ )?(.*)")


def find_nginx() -> str:
    """Return the path of nginx.

    Raises:
        CannotStart: If there is none.
    """
    places = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    found = os.environ.get("COURSE_NGINX") or shutil.which("nginx", path=places)
    if not found:
        raise CannotStart(NO_NGINX)
    return found


class Nginx:
    """nginx, running inside `async with Nginx(file, to=port)` on a free port of 127.0.0.1.

    However the block ends, no process, no port and no file is left.

    Attributes:
        port: Where it listens.
        lines: The last lines that it wrote.
    """

    def __init__(self, file: str | Path, *, to: int, change: tuple[str, str] = ("", "")) -> None:
        """Name its configuration.

        Args:
            file: The configuration. `listen` and `proxy_pass` get the ports of this machine.
            to: The port to which it passes everything on.
            change: A text of the configuration, and what stands in its place.

        Raises:
            CannotStart: If there is no nginx, or no such file.
        """
        self.port = _free_port()
        self.lines: deque[str] = deque(maxlen=100)
        self._nginx = find_nginx()
        self._file = Path(file)
        if not self._file.is_file():
            raise CannotStart(f"There is no file {file}. Run the cells above this one first.")
        text = self._file.read_text(encoding="utf-8").replace(*change)
        text = re.sub(r"\blisten\s[^;]*", f"listen 127.0.0.1:{self.port}", text)
        self._text = re.sub(r"\b(proxy_pass\s+http://)[^;/]*", rf"\g<1>127.0.0.1:{to}", text)
        self._folder: tempfile.TemporaryDirectory[str]
        self._program: Program

    @property
    def url(self) -> str:
        """The WebSocket address of nginx."""
        return f"ws://127.0.0.1:{self.port}/ws"

    async def __aenter__(self) -> Self:
        """Start it, and wait until it listens.

        Raises:
            Mistake: If it does not: it says why.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="nginx-", ignore_cleanup_errors=True)
        (Path(self._folder.name) / "nginx.conf").write_text(self._text, encoding="utf-8")
        folder = f"{Path(self._folder.name).as_posix()}/"
        nginx = (self._nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr")
        self._program = Program.start(
            KernelLoop.here(), (sys.executable, "-c", GUARD, *nginx), on_line=self.lines.append
        )
        try:
            await self._listens()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, and remove its temporary files."""
        await self._stop()

    def trouble(self) -> str:
        """Return what it reported as its last error, without its paths; "" if nothing."""
        found = [match[1] for line in self.lines if (match := ERROR.search(line))]
        words = found[-1].replace(f"{self._folder.name}/", "") if found else ""
        return f"nginx says: “{words}”." if words else ""

    async def _listens(self) -> None:
        until = asyncio.get_running_loop().time() + STARTS_WITHIN
        while not await self._is_open():
            if self._program.code is not None:
                raise Mistake(
                    f"nginx does not start. {self.trouble()} Look at that line: each one ends with "
                    "a semicolon, and each { has its }."
                )
            if asyncio.get_running_loop().time() > until:
                raise Mistake(f"nginx did not listen within {STARTS_WITHIN:g} seconds.")
            await asyncio.sleep(LOOK)

    async def _is_open(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _stop(self) -> None:
        await self._program.stop()
        self._folder.cleanup()


async def check_nginx(file: str | Path) -> Report:
    """Start nginx with a configuration, and talk through it, up to the first mistake.

    Args:
        file: The learner's configuration. If it is not there, it is made from its start file.
    """
    if open_ := not_begun(Path(file)):
        return Report.of([Finding(Path(file).name, None, open_)])
    findings: list[Finding] = []
    name = "nginx starts"
    try:
        async with (
            serve(_echo, "127.0.0.1", 0, ping_interval=PING) as server,
            Nginx(file, to=server.sockets[0].getsockname()[1]) as nginx,
        ):
            findings.append(Finding(name, True, "It takes your configuration."))
            for name, case in CASES.items():
                await case(nginx)
                findings.append(Finding(name, True, "Yes."))
    except CannotStart as missing:
        findings.append(Finding(name, None, str(missing)))
    except Mistake as mistake:
        findings.append(Finding(name, False, str(mistake)))
    return Report.of(findings)


async def _opens(nginx: Nginx) -> None:
    try:
        async with connect(nginx.url, open_timeout=ANSWERS_WITHIN, proxy=None):
            pass
    except InvalidStatus as refused:
        raise Mistake(_refused(nginx, refused.response.status_code)) from None
    except (OSError, TimeoutError, InvalidMessage) as error:
        raise Mistake(f"The handshake through nginx failed: {error}. {nginx.trouble()}") from None


def _refused(nginx: Nginx, status: int) -> str:
    why = {
        426: "The server behind nginx got no Upgrade: websocket, or no Connection: upgrade. nginx "
        "does not pass these two on by itself: set each one with proxy_set_header.",
        505: "nginx speaks HTTP/1.0 with the server behind it, and a handshake needs 1.1: "
        "proxy_http_version 1.1;",
        502: f"nginx does not reach the server behind it. {nginx.trouble()} Look at proxy_pass.",
        404: "nginx looked for a file: is location / there, with proxy_pass in it?",
        504: "The server behind nginx did not answer in time. Is proxy_read_timeout very short?",
    }
    return f"nginx answered {status}. {why.get(status, nginx.trouble())}".strip()


async def _passes_on(nginx: Nginx) -> None:
    async with connect(nginx.url, proxy=None, compression=None, ping_interval=None) as client:
        await client.send("x" * BIG)
        try:
            await asyncio.wait_for(client.recv(), ANSWERS_WITHIN)
        except (TimeoutError, ConnectionClosed) as error:
            raise Mistake(f"A message of {BIG:,} bytes did not come back: {error!r}.") from None


async def _lives(nginx: Nginx) -> None:
    async with connect(nginx.url, proxy=None, ping_interval=None) as client:
        try:
            await asyncio.wait_for(client.wait_closed(), QUIET)
        except TimeoutError:
            return
        raise Mistake(
            f"The connection was quiet, but for a ping each {PING:g} seconds, and nginx cut it. Is "
            "proxy_read_timeout shorter than that?"
        )


async def _echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


CASES: dict[str, Callable[[Nginx], Awaitable[None]]] = {
    "a WebSocket opens through it": _opens,
    "a big message passes": _passes_on,
    "a quiet connection stays open": _lives,
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
