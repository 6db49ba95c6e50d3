"""Tickers that keep what nobody needs, or lose what everybody needs."""

from chatlib.chapters.harder_scenarios.newest_price import check_newest
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

LOOP = """            number, price = await feed.after(number)
            await connection.send(price)
"""
PEACE = "    except ConnectionClosed:\n        pass  # the client has left"
WRONG = {
    "only one": (
        {"while True:": "if True:"},
        ["each new price: ", "closed Ana's connection with 1000"],
    ),
    "the number": (
        {"connection.send(price)": "connection.send(str(number))"},
        ["each new price: The price 9450 is new. Ana waited", "send the price"],
    ),
    "more than the price": (
        {"connection.send(price)": 'connection.send(f"new: {price}")'},
        ["each new price: ", "The message before was “new: 9450”.", "send the price"],
    ),
    "a number of its own": (
        {LOOP: LOOP.replace("number, price", "_, price") + "            number += 1\n"},
        ["somebody who reads nothing", "Budi gets the price before it once more", "feed.after"],
    ),
    "broadcast": (
        {"await connection.send(price)": "broadcast([connection], price)"},
        ["somebody who reads nothing", "Budi reads nothing, and after", "wait for him in your"],
    ),
    "a queue for each": (
        {
            LOOP: """            number, price = await feed.after(number)
            queue.put_nowait(price)
""",
            "    number = 0\n": """    number, queue = 0, asyncio.Queue()

    async def send_all():
        while True:
            await connection.send(await queue.get())

    sends = asyncio.create_task(send_all())
""",
            PEACE: "    finally:\n        sends.cancel()",
        },
        ["somebody who reads nothing", "He gets all 200, one after the other"],
    ),
    "no peace": (
        {PEACE: "    finally:\n        pass"},
        ["somebody who leaves: Citra was cut off", "does not end in peace", "ConnectionClosed"],
    ),
}


async def test_each_ticker_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        names = solution("newest-text", run_cells("feed"), changes)
        return await check_newest(names["ticker"], names["feed"])

    await hold(check, WRONG, findings=3)
