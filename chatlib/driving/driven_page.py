"""A learner's web page, shown in the notebook and driven by a check that plays its server.

A script that is added to the page runs what the check asks for inside of it, and so can press,
draw and look. The page's own WebSocket leads to the check as well.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from IPython.display import clear_output, display
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from chatlib.driving.learner_program import Mistake, interruptible
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.service import Service
from chatlib.panels.page_frame import PageFrame
from chatlib.questions.report import Finding, Report

OPENS_WITHIN = 20.0  # seconds in which a browser must have opened the page
ANSWERS_WITHIN = 4.0  # seconds for one message of the page, or one look into it

# In one line, so that the lines of the learner's file keep their numbers. A pointer that a script
# moves cannot be captured.
PROBE = """<script>(() => {
const errors = [];
addEventListener("error", (e) => errors.push(`${e.message}, in line ${e.lineno}`));
addEventListener("unhandledrejection", (e) => errors.push(String(e.reason)));
Element.prototype.setPointerCapture = () => {};
const socket = new WebSocket(new URL("probe", location.href.replace(/^http/, "ws")));
socket.onmessage = async (event) => {
const { id, run } = JSON.parse(event.data);
let answer;
try { answer = { value: await new Function(`return (async () => {${run}})()`)() }; }
catch (problem) { answer = { problem: String(problem) }; }
socket.send(JSON.stringify({ id, errors, ...answer }));
};
const loaded = () => socket.send(JSON.stringify({ errors }));
addEventListener("load", () => socket.readyState === 1 ? loaded() : socket.onopen = loaded);
})()</script>""".replace("\n", " ")

T = TypeVar("T")
PageCase = Callable[["DrivenPage"], Awaitable[None]]


class DrivenPage:
    """A server for one page of the learner's, inside `async with DrivenPage(file)`.

    Attributes:
        file: The learner's file.
        port: Where the page is, on 127.0.0.1.
        last: What happened last, as the beginning of a sentence.
        hint: What to look at if something is not right; a case sets it.
        refuses: Whether a new WebSocket of the page is refused, with 503.
    """

    def __init__(self, file: Path) -> None:
        """Serve a file as it is now."""
        self.file = file
        self.port = 0
        self.last = self.hint = ""
        self.refuses = False
        self._sockets: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self._probes: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._errors: list[str] = []

    async def __aenter__(self) -> Self:
        """Start to serve it."""
        self._service = await Service.start(
            self._handle, name=self.file.name, process_request=self._respond
        )
        self.port = self._service.tap.port
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection, and the port."""
        await self._service.stop()

    async def opened(self) -> None:
        """Wait until a browser has loaded the page, and the page has opened its WebSocket."""
        self._probe = await _soon(
            self._probes.get(),
            OPENS_WITHIN,
            f"No browser opened the page within {OPENS_WITHIN:g} seconds. Is this notebook open in"
            " JupyterLab?",
        )
        await self._next_socket("The page opened no WebSocket at /ws.")

    async def opened_again(self) -> None:
        """Wait until the page, whose WebSocket was cut, has opened another one."""
        try:
            await self._next_socket(f"{self.last}The page opened no new WebSocket.")
        except Mistake:
            await self.run("")  # which also brings the errors that the page has met
            raise

    async def cut(self) -> None:
        """Cut the page's WebSocket without a close frame, as a crash of its server does."""
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def run(self, script: str, **values: object) -> Any:
        """Run JavaScript inside the page, and return what it returns.

        Args:
            script: The inside of an async function.
            **values: What it finds in variables of these names.

        Raises:
            Mistake: If it raises an error, or does not end.
        """
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        given = "".join(f"const {key} = {json.dumps(value)};" for key, value in values.items())
        late = f"{self.last}The page does not answer. Does a loop in it never end?"
        try:
            await self._probe.send(json.dumps({"id": number, "run": given + script}))
            answer = await _soon(self._answers[number], ANSWERS_WITHIN, late)
        except ConnectionClosed:
            raise Mistake(f"{self.last}The page was left or loaded again.") from None
        if "problem" in answer:
            raise Mistake(f"{self.last}{answer['problem']}")
        return answer.get("value")

    async def send(self, message: str | bytes) -> None:
        """Send to the page as its server."""
        try:
            await self._socket.send(message)
        except ConnectionClosed:
            raise Mistake(f"{self.last}The page has closed its WebSocket.") from None

    async def close(self, code: int, reason: str) -> None:
        """Close the page's WebSocket as its server."""
        await self._socket.close(code, reason)

    async def recv(self, wanted: str) -> str | bytes:
        """Return the next message that the page sends.

        Raises:
            Mistake: If none comes, or the page has closed its WebSocket.
        """
        late = f"{self.last}The check waited {ANSWERS_WITHIN:g} seconds for {wanted}, and the page"
        try:
            return await _soon(self._socket.recv(), ANSWERS_WITHIN, f"{late} sent nothing.")
        except ConnectionClosed:
            raise Mistake(f"{self.last}The page has closed its WebSocket.") from None

    async def _next_socket(self, otherwise: str) -> None:
        self._socket = await _soon(self._sockets.get(), ANSWERS_WITHIN, otherwise)

    def trouble(self) -> str:
        """Say the first error that the page has met; "" if none."""
        return f"The page reports {self._errors[0]} of {self.file.name}." if self._errors else ""

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/ws" and self.refuses:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Try again later.\n")
        if path in ("/ws", "/probe"):
            return None
        if path != "/":
            return connection.respond(HTTPStatus.NOT_FOUND, "Only the page is here.\n")
        source = self.file.read_text(encoding="utf-8", errors="replace")
        page = re.sub(
            r"(?i)^(\s*<!doctype[^>]*>)?", lambda found: found[0] + PROBE, source, count=1
        )
        response = connection.respond(HTTPStatus.OK, page)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _handle(self, connection: ServerConnection) -> None:
        if connection.request and connection.request.path.startswith("/ws"):
            self._sockets.put_nowait(connection)
            await connection.wait_closed()
            return
        with suppress(ConnectionClosed):  # a page that hangs is cut
            await self._hear(connection)

    async def _hear(self, connection: ServerConnection) -> None:
        async for text in connection:
            answer = json.loads(text)
            self._errors = answer.get("errors", self._errors)
            if "id" not in answer:
                self._probes.put_nowait(connection)
            elif not (waiting := self._answers.pop(answer["id"])).done():
                waiting.set_result(answer)


async def _soon(coming: Awaitable[T], seconds: float, otherwise: str) -> T:
    """Wait for something, but no longer than so many seconds: then it is a `Mistake`."""
    try:
        return await asyncio.wait_for(coming, seconds)
    except TimeoutError:
        raise Mistake(otherwise) from None


def show_frame(port: int, *, height: int = 700) -> Callable[[], object]:
    """Show the page at a port in a frame below the cell that runs; return what takes it away.

    `height` is in CSS pixels.
    """
    frame = PageFrame(
        KernelLoop.here(), allow_origin=str, port=port, probe_port=port, room="", height=height
    )
    cast(Callable[..., object], display)(frame)

    def close() -> None:
        frame.stop()
        cast(Callable[..., object], clear_output)(wait=True)  # the report takes its place

    return close


async def check_page(
    file: Path,
    cases: Mapping[str, PageCase],
    show: Callable[[int], Callable[[], object]] = show_frame,
) -> Report:
    """Show a learner's page in a browser, and drive it through cases up to the first mistake.

    Args:
        file: The learner's file.
        cases: What is checked, in the words of the report; each raises `Mistake`.
        show: Opens the page at a port of 127.0.0.1; returns what closes it again.
    """
    findings: list[Finding] = []
    page = DrivenPage(file)
    if not file.is_file():
        missing = f"There is no file {file.name} in the folder {file.resolve().parent}."
        return Report.of([Finding("it opens", False, missing)])
    with interruptible():
        async with page:
            close = show(page.port)
            try:
                await _drive_through(page, cases, findings)
            finally:
                close()
    return Report.of(findings)


async def _drive_through(
    page: DrivenPage, cases: Mapping[str, PageCase], findings: list[Finding]
) -> None:
    for name, case in {"it opens": DrivenPage.opened, **cases}.items():
        findings.append(Finding(name, *await _outcome(case, page)))
        if not findings[-1].right:
            break


async def _outcome(case: PageCase, page: DrivenPage) -> tuple[bool, str]:
    try:
        await case(page)
    except Mistake as mistake:
        return False, " ".join(filter(None, (str(mistake), page.trouble(), page.hint)))
    return True, "Yes."
