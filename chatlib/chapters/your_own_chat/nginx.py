"""nginx in front of a server of this notebook, and a check of its configuration."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from chatlib.driving.learner_program import Mistake
from chatlib.driving.start_files import not_begun
from chatlib.kernel.nginx_program import NginxProgram, RefusesToStart
from chatlib.kernel.program import CannotStart
from chatlib.questions.report import Finding, Report

ANSWERS_WITHIN = 5.0  # seconds
QUIET = 3.0  # seconds for which nobody says anything, in the check
PING = 0.5  # seconds between two pings, in the check
BIG = 100_000  # bytes of a message, in the check


class Nginx(NginxProgram):
    """nginx with the learner's configuration, in front of one server."""

    def __init__(self, file: str | Path, *, to: int, change: tuple[str, str] = ("", "")) -> None:
        """Name its configuration.

        Args:
            file: The configuration. `listen` and `proxy_pass` get the ports of this machine.
            to: The port to which it passes everything on.
            change: A text of the configuration, and what stands in its place.

        Raises:
            CannotStart: If there is no nginx, or no such file.
        """
        if not Path(file).is_file():
            raise CannotStart(f"There is no file {file}. Run the cells above this one first.")
        text = Path(file).read_text(encoding="utf-8").replace(*change)
        super().__init__(re.sub(r"\b(proxy_pass\s+http://)[^;/]*", rf"\g<1>127.0.0.1:{to}", text))

    async def __aenter__(self) -> Self:
        """Start it, and wait until it listens.

        Raises:
            Mistake: If it does not: it says why.
        """
        try:
            return await super().__aenter__()
        except RefusesToStart as why:
            raise Mistake(str(why)) from None


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
