"""A learner's `process_request` that decides by its Origin who may open a WebSocket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Origin

from chatlib.driving.served_handler import QUIET as SILENT
from chatlib.driving.served_handler import told
from chatlib.kernel.service import QUIET
from chatlib.kernel.watchdog import watched
from chatlib.questions.report import Finding, Report, shorten

Guard = Callable[[ServerConnection, Request], Response | Awaitable[Response | None] | None]

OPTIONS: dict[str, Any] = {**QUIET, "close_timeout": 1}
STATUS = "the status is {}"
ANSWERS_WITHIN = 4.0  # seconds
OURS = "Here your function should return None: the library goes on."
ANSWERS = "Return None, or what connection.respond(403, …) gives."
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

    The check ends within a bound, may be run again, and leaves no task and no port.

    Args:
        guard: The learner's; it is given to `websockets.serve` as `process_request`.
        own: The origin of the learner's page, `http://127.0.0.1:8765`.
    """
    findings: list[Finding] = []
    asked = _Asked(guard)
    # A guard that never answers is given up after the client, and does not hold up the end.
    options = {**OPTIONS, "open_timeout": ANSWERS_WITHIN + 1, "logger": SILENT}
    async with serve(
        ServerConnection.wait_closed, "127.0.0.1", 0, process_request=asked, **options
    ) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
        for number, (name, origin, hint) in enumerate(askers(own)):
            wanted = 101 if number < 2 else 403
            answer = await _answer(url, origin)
            said = f"Origin: {origin}" if origin else "no Origin"
            came = f"With {said}, {answer}"
            if right := answer == STATUS.format(wanted):
                feedback = f"{came}."
            else:
                trouble = asked.trouble or (OURS if wanted == 101 else NOT_OURS)
                feedback = f"{came}, and {wanted} was expected. {trouble} {hint}"
            findings.append(Finding(name, right, feedback))
            if not right:
                break
    return Report.of(findings)


class _Asked:
    """A learner's guard as a `process_request` that cannot stop the kernel, and what it raised."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._watched = watched(self._call, name=guard.__name__)
        self.trouble = ""

    async def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        try:
            answer = await self._watched(connection, request)
        except Exception as error:
            self.trouble = told(error, self._guard)
            raise
        if answer is not None and not isinstance(answer, Response):
            self.trouble = f"Your function returned {shorten(answer)}. {ANSWERS}"
            return connection.respond(500, "The guard gave no answer.\n")
        return answer

    async def _call(self, connection: ServerConnection, request: Request) -> Response | None:
        answer = self._guard(connection, request)
        return await answer if isawaitable(answer) else answer


async def _answer(url: str, origin: str | None) -> str:
    """Say how an opening handshake is answered."""
    named = None if origin is None else Origin(origin)
    try:
        async with connect(url, origin=named, proxy=None, open_timeout=ANSWERS_WITHIN, **OPTIONS):
            return STATUS.format(101)
    except InvalidStatus as refused:
        return STATUS.format(refused.response.status_code)
    except InvalidMessage:
        return "the connection ended without an answer"
    except TimeoutError:
        return f"nothing came within {ANSWERS_WITHIN:g} seconds"
