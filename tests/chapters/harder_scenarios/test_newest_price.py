"""Tickers that keep what nobody needs, or lose what everybody needs."""

import pytest

from chatlib.chapters.harder_scenarios.newest_price import check_newest
from tests.chapters.harder_scenarios.notebook_handlers import run_cells, said_of, solution

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


async def test_the_solution_sends_the_newest():
    names = solution("newest-text", run_cells("feed"), {})
    report = await check_newest(names["ticker"], names["feed"])
    assert report.passed and len(report.findings) == 3, str(report)


@pytest.mark.parametrize("name", WRONG)
async def test_each_wrong_ticker_gets_its_sentence(name: str):
    changes, parts = WRONG[name]
    names = solution("newest-text", run_cells("feed"), changes)
    said = said_of(await check_newest(names["ticker"], names["feed"]))
    assert [part for part in parts if part not in said] == [], said
