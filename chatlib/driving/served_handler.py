"""A handler of a cell, served for a check only, and what it raised."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from inspect import signature
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from chatlib.driving import drive_program
from chatlib.driving.awaits import TaskErrors, never_awaited
from chatlib.driving.drive_program import Case, drive_through, too_slow
from chatlib.driving.learner_program import Mistake
from chatlib.kernel.ending import end, place
from chatlib.kernel.watchdog import Blocked, watched
from chatlib.questions.report import Finding, Report, raised

Handler = Callable[[ServerConnection], Awaitable[Any]]

ENDS_WITHIN = 2.0  # seconds in which a call must end when its connection is closed

QUIET = logging.getLogger(__name__)  # what the report tells is not told a second time
QUIET.setLevel(logging.CRITICAL + 1)


class ServedHandler:
    """A handler behind a port of its own.

    Attributes:
        url: The WebSocket address to connect to.
        tasks: The calls of the handler that have not ended.
    """

    def __init__(self, handler: Handler) -> None:
        """Name the handler; `check_handler` serves it."""
        self.url = ""
        self.tasks: set[asyncio.Task[Any]] = set()
        self._handler = handler
        self._watched = watched(handler)
        self._error: Exception | None = None

    async def __call__(self, connection: ServerConnection) -> None:
        """Handle one connection, and keep what the handler raises."""
        task = asyncio.current_task()
        assert task is not None  # websockets runs each handler in a task
        self.tasks.add(task)
        try:
            await self._watched(connection)
        except Exception as error:
            self._error = error
            raise
        finally:
            self.tasks.discard(task)

    async def ends(self) -> None:
        """Wait until each call has ended.

        Raises:
            Mistake: If one goes on.
        """
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=ENDS_WITHIN)
        if self.tasks:
            name = getattr(self._handler, "__name__", "The handler")  # an object has none
            raise Mistake(
                f"{name} goes on {place(next(iter(self.tasks)))}. It should end"
                " when its connection is closed."
            )

    async def trouble(self) -> str:
        """Say what the handler raised last; "" if nothing."""
        return told(self._error, self._handler) if self._error else ""


def told(error: Exception, learner: Callable[..., Any]) -> str:
    """Return a sentence for what a watched function of the learner's raised."""
    if isinstance(error, Blocked):
        return f"{error}. Nothing else could go on meanwhile."
    return raised(error, learner)


async def check_handler(handler: Handler, cases: Mapping[str, Case]) -> Report:
    """Serve a handler of a cell, and drive it with real clients up to the first mistake.

    The check ends within a bound, may be run again, and leaves no task and no port.

    Args:
        handler: A coroutine function that gets each connection.
        cases: What is checked, in the words of the report.
    """
    if mistake := _takes_more(handler):
        return Report.of([Finding("the handler", False, mistake)])
    with never_awaited() as sentences, TaskErrors(handler) as tasks:
        findings = await _findings(handler, cases, tasks)
    if sentences:  # Nothing else that is wrong can be trusted then.
        findings = [one for one in findings if one.right] + [Finding("await", False, sentences[0])]
    return Report.of(findings)


def _takes_more(handler: Handler) -> str:
    """Say how a handler must begin that cannot be called with a connection; "" if it can."""
    try:
        takes = signature(handler)
    except (TypeError, ValueError):
        return ""  # what it takes is not known
    try:
        takes.bind(None)
    except TypeError:
        name = getattr(handler, "__name__", "handler")
        return (
            f"websockets calls {name} with the connection alone: write async def"
            f" {name}(connection). Older versions gave a path as well; it is"
            " connection.request.path now."
        )
    return ""


async def _findings(
    handler: Handler, cases: Mapping[str, Case], tasks: TaskErrors
) -> list[Finding]:
    served = ServedHandler(handler)
    findings: list[Finding] = []
    options: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1}
    server = await serve(served, "127.0.0.1", 0, logger=QUIET, **options)
    served.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
    try:
        async with asyncio.timeout(drive_program.WHOLE_CHECK):
            await drive_through(served, cases, findings)
    except TimeoutError:
        findings.append(too_slow(findings, cases))
    finally:
        server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), ENDS_WITHIN)
        await end(served.tasks)
    if not findings[-1].right and not await served.trouble() and (error := tasks.first()):
        findings[-1] = replace(findings[-1], feedback=f"{findings[-1].feedback} {error}")
    if all(finding.right for finding in findings) and (error := await served.trouble()):
        findings.append(Finding("it ends in peace", False, error))
    return findings
