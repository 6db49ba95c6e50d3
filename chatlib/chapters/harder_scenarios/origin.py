"""A learner's `process_request` that decides by its Origin who may open a WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Origin

from chatlib.driving.served_handler import QUIET
from chatlib.questions.report import Finding, Report, raised

Guard = Callable[[ServerConnection, Request], Response | None]

OPTIONS: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1}
ANSWERS_WITHIN = 4.0  # seconds
OURS = "Here your function should return None: the library goes on."
NOT_OURS = "Here your function should return connection.respond(403, …)."


def askers(own: str) -> list[tuple[str, str | None, str]]:
    """Return who asks for a WebSocket, with which Origin, and what to look at if it is not right.

    The first two may come in.
    """
    return [
        ("your own page", own, "The page's Origin is in OWN, letter by letter."),
        ("a program without Origin", None, "headers.get returns None if there is no Origin."),
        ("another site", "https://evil.example", "Only OWN may come in."),
        ("another port", own.rpartition(":")[0] + ":1", "The port belongs to the Origin."),
        ("another scheme", own.replace("http", "https", 1), "The scheme belongs to the Origin."),
        ("a longer name", f"{own}.evil.example", "It begins like yours. Compare all of it."),
        ("a name around yours", f"https://evil.example/{own}", "Compare all of it, with ==."),
        ("a page in a sandbox", "null", "Its Origin is the word null: a page, and not yours."),
    ]


async def check_origin(guard: Guard, own: str) -> Report:
    """Try a guard with real handshakes, up to the first mistake.

    Args:
        guard: The learner's; it is given to `websockets.serve` as `process_request`.
        own: The origin of the learner's page, `http://127.0.0.1:8765`.
    """
    findings: list[Finding] = []
    errors: list[Exception] = []

    @wraps(guard)
    def noting(connection: ServerConnection, request: Request) -> Response | None:
        try:
            return guard(connection, request)
        except Exception as error:
            errors.append(error)
            raise

    async def wait(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(
        wait, "127.0.0.1", 0, process_request=noting, logger=QUIET, **OPTIONS
    ) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
        for number, (name, origin, hint) in enumerate(askers(own)):
            wanted = 101 if number < 2 else 403
            status = await _status(url, origin)
            said = "no Origin" if origin is None else f"Origin: {origin}"
            came = f"With {said}, the status is {status}"
            if status != wanted:
                trouble = raised(errors[-1], guard) if errors else OURS if number < 2 else NOT_OURS
                feedback = f"{came}, and {wanted} was expected. {trouble} {hint}"
                return Report.of([*findings, Finding(name, False, feedback)])
            findings.append(Finding(name, True, f"{came}."))
    return Report.of(findings)


async def _status(url: str, origin: str | None) -> int:
    """Return the HTTP status with which an opening handshake is answered."""
    named = None if origin is None else Origin(origin)
    try:
        async with connect(url, origin=named, proxy=None, open_timeout=ANSWERS_WITHIN, **OPTIONS):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code
