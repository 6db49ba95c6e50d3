"""A real nginx, running beside the kernel on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections import deque
from pathlib import Path
from typing import Self

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import CannotStart, Program, free_ports

STARTS_WITHIN = 10.0  # seconds
LOOK = 0.02  # seconds between two looks whether it listens
PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")

NO_NGINX = (
    "nginx is not on this machine, so nothing ran here: read on. To try it, install nginx (Debian "
    "and Ubuntu: sudo apt install nginx; macOS: brew install nginx; Windows: unpack the archive of "
    "nginx.org and put its folder into PATH), then start the course again."
)
TOO_OLD = "This nginx is too old, so nothing ran here: the course needs nginx 1.19.5 or newer."
ERROR = re.compile(r"\[(?:emerg|alert|crit|error)\] (?:[\d#]+: )?(?:\*\d+ )?(.*)")
# Else it would leave the group of its process, and nobody could end it.
STAYS = "daemon off; master_process off;"


class RefusesToStart(Exception):
    """nginx does not take its configuration, or does not listen; the text says why."""


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


class NginxProgram:
    """nginx, running inside `async with NginxProgram(configuration)`.

    However the block ends, no process, no port and no file is left.

    Attributes:
        port: Where it listens.
        lines: The last lines that it wrote.
    """

    def __init__(self, configuration: str) -> None:
        """Take a configuration. `listen` gets a free port of this machine.

        Raises:
            CannotStart: If there is no nginx.
        """
        self.port = free_ports(1)[0]
        self.lines: deque[str] = deque(maxlen=100)
        self._nginx = find_nginx()
        text = re.sub(r"\b(daemon|master_process)\s[^;{}]*;", "", configuration)
        self._text = re.sub(r"\blisten\s[^;]*", f"listen 127.0.0.1:{self.port}", text)
        self._folder: tempfile.TemporaryDirectory[str]
        self._program: Program

    @property
    def url(self) -> str:
        """The WebSocket address of nginx."""
        return f"ws://127.0.0.1:{self.port}/ws"

    async def __aenter__(self) -> Self:
        """Start it, and wait until it listens.

        Raises:
            RefusesToStart: If it does not: it says why.
            CannotStart: If this nginx is too old.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="nginx-", ignore_cleanup_errors=True)
        (Path(self._folder.name) / "nginx.conf").write_text(self._text, encoding="utf-8")
        folder = f"{Path(self._folder.name).as_posix()}/"
        nginx = (self._nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g", STAYS)
        self._program = Program.start(
            KernelLoop.here(), nginx, on_line=self.lines.append, reads_input=False
        )
        try:
            await self._listens()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
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
                if any("invalid option" in line for line in self.lines):
                    raise CannotStart(TOO_OLD)
                raise RefusesToStart(
                    f"nginx does not start. {self.trouble()} Look at that line: each one ends with "
                    "a semicolon, and each { has its }."
                )
            if asyncio.get_running_loop().time() > until:
                raise RefusesToStart(f"nginx did not listen within {STARTS_WITHIN:g} seconds.")
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
