"""The live ticker: real subscribers and a real exchange, and what each of them must get."""

from __future__ import annotations

from typing import Any

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient

LEAVE = 5  # times that somebody leaves in either way
BAD: tuple[object, ...] = (
    "halo",
    [],
    {"type": "buy", "symbol": "BBCA"},
    {"type": "subscribe"},
    {"type": "subscribe", "symbol": 7},
    {"type": "price", "symbol": "BBCA", "price": "9450"},
    {"type": "price", "symbol": "BBCA", "price": -1},
    {"type": "price", "symbol": "BBCA", "price": 0},
)


def _price(symbol: str, price: float) -> dict[str, Any]:
    return {"type": "price", "symbol": symbol, "price": price}


async def _subscribe(client: DrivenClient, symbol: str, *prices: float) -> None:
    """Subscribe; the last price, if one is given, comes with the answer."""
    await client.send({"type": "subscribe", "symbol": symbol})
    await client.receives({"type": "subscribed", "symbol": symbol})
    for price in prices:
        await client.receives(_price(symbol, price))


async def _tells(drive: Drive) -> None:
    drive.hint = (
        "Answer subscribe, and pass each price on to the connections that subscribed to its symbol."
    )
    async with drive.client("Ana") as ana, drive.client("The exchange") as exchange:
        await _subscribe(ana, "BBCA")
        for price in (9450, 9450.5):
            await exchange.send(_price("BBCA", price))
            await ana.receives(_price("BBCA", price))


async def _answers_bad_messages(drive: Drive) -> None:
    drive.hint = (
        "What is not in the table gets an error, and the connection stays: look at each "
        "field and its type."
    )
    async with drive.client("Ana") as ana:
        for bad in BAD:
            await ana.send(bad)
            await ana.receives(ERROR)
        await _subscribe(ana, "BMRI")


async def _only_subscribers(drive: Drive) -> None:
    drive.hint = (
        "A price goes to those who subscribed to its symbol and to nobody else, its "
        "sender included."
    )
    async with (
        drive.client("Ana") as ana,
        drive.client("Budi") as budi,
        drive.client("The exchange") as exchange,
    ):
        await _subscribe(ana, "TLKM")
        await exchange.send(_price("TLKM", 3120))
        await exchange.hears_nothing()
        await budi.hears_nothing()
        await ana.receives(_price("TLKM", 3120))
        await exchange.send(_price("ASII", 4805.5))
        await exchange.hears_nothing()
        await ana.hears_nothing()


async def _several_symbols(drive: Drive) -> None:
    drive.hint = "One client may subscribe to many symbols, and unsubscribe ends only one of them."
    async with drive.client("Ana") as ana, drive.client("The exchange") as exchange:
        await _subscribe(ana, "UNVR")
        await _subscribe(ana, "ICBP")
        for symbol in ("UNVR", "ICBP"):
            await exchange.send(_price(symbol, 2000))
            await ana.receives(_price(symbol, 2000))
        for symbol in ("UNVR", "UNVR", "nobody asked for it"):
            await ana.send({"type": "unsubscribe", "symbol": symbol})
            await ana.receives({"type": "unsubscribed", "symbol": symbol})
        await exchange.send(_price("UNVR", 2010))
        await exchange.send(_price("ICBP", 2020))
        await ana.receives(_price("ICBP", 2020))
        await ana.hears_nothing()


async def _last_price(drive: Drive) -> None:
    drive.hint = "Keep the last price of each symbol. A second subscribe must not double anything."
    async with drive.client("Ana") as ana, drive.client("The exchange") as exchange:
        for price in (410, 415):
            await exchange.send(_price("GOTO", price))
        await exchange.hears_nothing()
        await _subscribe(ana, "GOTO", 415)
        await _subscribe(ana, "GOTO", 415)
        await exchange.send(_price("GOTO", 420))
        await ana.receives(_price("GOTO", 420))
        await ana.hears_nothing()


async def _survives(drive: Drive) -> None:
    drive.hint = (
        "Take a connection out of all sets when it ends (finally). A send to one that "
        "has left raises ConnectionClosed."
    )
    async with drive.client("Budi") as budi, drive.client("The exchange") as exchange:
        # Many leave: else a server that stops at the first of them may reach Budi before, by luck.
        for leave in (DrivenClient.close, DrivenClient.cut_off) * LEAVE:
            async with drive.client("Ana") as ana:
                await _subscribe(ana, "ADRO")
                await leave(ana)
        await _subscribe(budi, "ADRO")
        for price in (2500, 2510):
            await exchange.send(_price("ADRO", price))
            await budi.receives(_price("ADRO", price))
        await exchange.hears_nothing()


CASES: dict[str, Case] = {
    "a subscriber gets the price": _tells,
    "a bad message is answered with an error": _answers_bad_messages,
    "nobody else gets it": _only_subscribers,
    "several symbols, and unsubscribe": _several_symbols,
    "the last price comes at once": _last_price,
    "who leaves harms nobody": _survives,
}
