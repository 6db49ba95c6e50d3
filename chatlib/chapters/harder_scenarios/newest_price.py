"""A handler that sends each client the newest price, as often as this client can read."""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import Protocol

from websockets.asyncio.server import ServerConnection

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import DrivenClient, shown
from chatlib.driving.learner_program import Mistake
from chatlib.driving.served_handler import Handler, ServedHandler, check_handler
from chatlib.questions.report import Report

PRICES = 200
EVERY = 0.002  # seconds between two of them
SIZE = 50_000  # characters of each: enough of them fill what the operating systems hold
MOST = 1_000_000  # bytes that may wait for somebody who reads nothing


class PriceFeed(Protocol):
    """Where the learner's handler takes its prices from: see the notebook."""

    def publish(self, price: str) -> None:
        """Wake everybody who waits for a new price."""


async def check_newest(handler: Handler, feed: PriceFeed) -> Report:
    """Check a handler that sends the prices of a feed."""
    return await check_handler(*_Newest(handler, feed).checked)


class _Newest:
    """The cases, and the connections that the handler got."""

    def __init__(self, handler: Handler, feed: PriceFeed) -> None:
        self._feed = feed
        self._connections: list[ServerConnection] = []

        @wraps(handler)
        async def noting(connection: ServerConnection) -> None:
            self._connections.append(connection)
            await handler(connection)

        cases: dict[str, Case] = {
            "each new price": self._each,
            "somebody who reads nothing for a while": self._slow,
            "somebody who leaves": self._leaves,
        }
        self.checked = noting, cases

    async def _each(self, drive: Drive) -> None:
        drive.hint = "feed.after(number) returns the newest number and its price: send the price."
        async with drive.client("Ana") as ana:
            for price in ("9450", "9475"):
                await self._publish(price, drive, clients=1)
                await _hears(ana, price)

    async def _slow(self, drive: Drive) -> None:
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            await self._publish("9500", drive, clients=3)
            for each in (ana, budi):
                await _hears(each, "9500")
            budi.connection.transport.pause_reading()
            drive.hint = (
                "await connection.send(price) waits while too much waits for this client. broadcast"
                " never does."
            )
            last = f"{PRICES - 1:<{SIZE}}"
            hears = asyncio.create_task(_hears(ana, last))
            try:
                await self._publish_many(drive)
                await hears
            finally:
                hears.cancel()
            drive.hint = "Ask feed.after again when send has returned: it knows the newest price."
            budi.connection.transport.resume_reading()
            drive.last = f"Budi reads again, after {PRICES} prices. "
            got = await _hears(budi, last)
            drive.expect(
                got < PRICES,
                f"He gets all {PRICES}, one after the other: the old ones have waited somewhere.",
            )
            drive.hint = "Give feed.after the number that it has returned: it knows what is newer."
            await self._publish("9550", drive, clients=3)
            got = await _hears(budi, "9550")
            drive.expect(got == 1, "Budi gets the price before it once more: he has it already.")

    async def _publish_many(self, drive: Drive) -> None:
        for number in range(PRICES):
            self._feed.publish(f"{number:<{SIZE}}")
            await asyncio.sleep(EVERY)
            size = self._connections[-1].transport.get_write_buffer_size()
            drive.last = f"Budi reads nothing, and after {number + 1} prices "
            drive.expect(size < MOST, f"{size:,} bytes wait for him in your server.")

    async def _leaves(self, drive: Drive) -> None:
        assert isinstance(drive.program, ServedHandler)
        drive.hint = "send raises ConnectionClosed when the client has left: catch it, and end."
        async with drive.client("Citra") as citra:
            await self._publish("9600", drive, clients=4)
            await _hears(citra, "9600")
            await citra.cut_off()
            await self._connections[-1].wait_closed()
        self._feed.publish("9700")
        drive.last = "Citra was cut off, and then a new price came. "
        await drive.program.ends()
        drive.expect(not await drive.program.trouble(), "Your handler does not end in peace.")

    async def _publish(self, price: str, drive: Drive, *, clients: int) -> None:
        """Publish a price when the handler was called for so many clients in all."""
        while len(self._connections) < clients:
            await asyncio.sleep(0)
        self._feed.publish(price)
        drive.last = f"The price {price} is new. "


async def _hears(client: DrivenClient, price: str) -> int:
    """Wait for a price, whatever comes before; return how many messages that were."""
    wanted, other = f"the price {shown(price.strip())}", ""
    for count in range(1, 2 * PRICES):
        try:
            message = await client.recv(wanted)
        except Mistake as mistake:
            came = f" The message before was {shown(other)}." if other else ""
            raise Mistake(f"{mistake}{came}") from None
        if message == price:
            return count
        other = str(message).strip()
    raise Mistake(f"{client.name} got {count} messages, and {wanted} was not among them.")
