"""A check of a link between two servers: a client that passes on what is said on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Self, cast

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve

from chatlib.driving import drive_program
from chatlib.driving.drive_program import Case, Drive, drive_through, too_slow
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.learner_program import Mistake
from chatlib.driving.served_handler import ENDS_WITHIN, QUIET, told
from chatlib.kernel.ending import end
from chatlib.kernel.watchdog import watched
from chatlib.questions.report import Finding, Report

# Gets the members of server A, and the address of server B.
Link = Callable[[set[ServerConnection], str], Awaitable[Any]]

LINKED_WITHIN = 3.0  # seconds
OPEN = "Not written yet. Write the function, then run the cell again."
TO_B = "members.add(other) makes the link a member of A: what is said on A goes to B."
TO_A = "async for text in other reads what is said on B; broadcast it to the members of A."
NOT_BACK = "What comes from B must not go back to B: broadcast it to members - {other}."
LEAVE = "members.discard(other) in finally takes the link out when it has ended."


@asynccontextmanager
async def linked(members: set[ServerConnection], url: str) -> AsyncIterator[None]:
    """Join a server that has these members to the one at `url`, inside of the block."""
    ready = asyncio.Event()
    task = asyncio.create_task(_link(members, url, ready), name="a link between two servers")
    try:
        async with asyncio.timeout(LINKED_WITHIN):
            await ready.wait()
        yield
    finally:
        await end({task})


async def _link(members: set[ServerConnection], url: str, ready: asyncio.Event) -> None:
    async with connect(url, compression=None, ping_interval=None, proxy=None) as other:
        # `broadcast` writes to either kind of connection.
        member = cast(ServerConnection, other)
        members.add(member)
        ready.set()
        # Cancelled, it still leaves with a closing handshake.
        with suppress(asyncio.CancelledError):
            async for text in other:
                broadcast(members - {member}, text)
        members.discard(member)


class TwoServers:
    """Two plain chat servers and the learner's link between them.

    Attributes:
        url: The address of both: with the path /A for the one and /B for the other.
        members: Who is connected to A and to B, the link included.
    """

    def __init__(self, link: Link) -> None:
        """Take the learner's function; `async with` serves and links."""
        self.url = ""
        self.members: dict[str, set[ServerConnection]] = {"/A": set(), "/B": set()}
        self._link = link
        self._server: Server
        self._task: asyncio.Task[Any]

    async def __aenter__(self) -> Self:
        """Serve both, and start the link."""
        options: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1}
        self._server = await serve(self._serve, "127.0.0.1", 0, logger=QUIET, **options)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        running = watched(self._link, name="link")(self.members["/A"], f"{self.url}/B")
        self._task = asyncio.create_task(running)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the link, and stop both servers."""
        await end({self._task})
        self._server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), ENDS_WITHIN)

    async def is_linked(self) -> None:
        """Wait until the link is connected to B.

        Raises:
            Mistake: If it is not, in time.
        """
        await self._until(lambda: bool(self.members["/B"]), "link does not connect to server B.")

    async def stop_b(self) -> None:
        """Let server B close its connections, as when it is stopped."""
        await asyncio.gather(*(member.close(1001) for member in list(self.members["/B"])))

    async def ends(self) -> None:
        """Wait until the link has ended, and is no member of A any more.

        Raises:
            Mistake: If it goes on, or stays a member.
        """
        await asyncio.wait({self._task}, timeout=ENDS_WITHIN)
        if not self._task.done():
            raise Mistake("Server B has stopped, and link goes on. It should end then.")
        if self.members["/A"]:
            raise Mistake("link has ended, but its connection is still among the members of A.")

    async def trouble(self) -> str:
        """Say what the link raised; "" if nothing."""
        if not self._task.done() or self._task.cancelled():
            return ""
        error = self._task.exception()
        return told(error, self._link) if isinstance(error, Exception) else ""

    @property
    def is_open(self) -> bool:
        """Whether the learner has written nothing yet."""
        return (
            self._task.done()
            and not self._task.cancelled()
            and isinstance(self._task.exception(), NotImplementedError)
        )

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        members = self.members[connection.request.path]
        members.add(connection)
        try:
            async for text in connection:
                broadcast(members - {connection}, text)
        finally:
            members.discard(connection)

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        for _ in range(round(LINKED_WITHIN / 0.01)):
            if holds():
                return
            if self._task.done():
                break
            await asyncio.sleep(0.01)
        raise Mistake(otherwise)


async def check_link(link: Link) -> Report:
    """Check `link(members, url)`, which joins a server with these members to the one at `url`.

    Args:
        link: The learner's coroutine function.
    """
    findings: list[Finding] = []
    for name, case in CASES.items():
        try:
            async with asyncio.timeout(drive_program.WHOLE_CHECK), TwoServers(link) as two:
                await drive_through(two, {name: case}, findings)
                if two.is_open:
                    return Report.of([Finding("link", None, OPEN)])
        except TimeoutError:
            findings.append(too_slow(findings, CASES))
        if not findings[-1].right:
            break
    return Report.of(findings)


@asynccontextmanager
async def _people(drive: Drive, *names: str) -> AsyncIterator[list[DrivenClient]]:
    """Connect members: "Ana A" to server A."""
    assert isinstance(drive.program, TwoServers)
    async with AsyncExitStack() as stack:
        await drive.program.is_linked()
        yield [
            await stack.enter_async_context(drive.client(name, f"/{place}"))
            for name, place in (both.split() for both in names)
        ]


async def _from_a_to_b(drive: Drive) -> None:
    drive.hint = TO_B
    async with _people(drive, "Ana A", "Budi B") as (ana, budi):
        await ana.send("Halo")
        await budi.gets("Halo")


async def _from_b_to_a(drive: Drive) -> None:
    drive.hint = TO_A
    async with _people(drive, "Ana A", "Budi B") as (ana, budi):
        await budi.send("Halo")
        await ana.gets("Halo")


async def _once(drive: Drive) -> None:
    drive.hint = NOT_BACK
    async with _people(drive, "Ana A", "Budi B") as (ana, budi):
        await budi.send("one")
        await ana.gets("one")
        await ana.send("two")
        await budi.gets("two")
        drive.hint = TO_A
        await budi.send("three")
        await ana.gets("three")


async def _end_of_b(drive: Drive) -> None:
    drive.hint = LEAVE
    assert isinstance(drive.program, TwoServers)
    async with _people(drive):
        await drive.program.stop_b()
        await drive.program.ends()


CASES: dict[str, Case] = {
    "from A to B": _from_a_to_b,
    "from B to A": _from_b_to_a,
    "each text once": _once,
    "server B stops": _end_of_b,
}
