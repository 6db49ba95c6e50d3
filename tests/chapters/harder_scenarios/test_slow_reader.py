"""Ways to send to somebody who reads nothing for a while: each shows what it costs."""

import pytest
from websockets.asyncio.server import ServerConnection

from chatlib.chapters.harder_scenarios import slow_reader
from chatlib.chapters.harder_scenarios.slow_reader import PRICES, compare_ways, drawn
from tests.notebook_handlers import run_cells


async def test_each_way_has_its_price():
    names = run_cells("ways", "more-ways")
    ways = [names[name] for name in ("wait", "pile_up", "drop", "disconnect")]
    runs = await compare_ways(*ways)
    wait, pile_up, drop, disconnect = runs.runs
    assert wait.got == pile_up.got == (PRICES, PRICES)
    assert wait.late > pile_up.late and max(wait.queue) < max(pile_up.queue)
    assert drop.got[0] == disconnect.got[0] == PRICES
    assert max(drop.queue) < 2 * names["LIMIT"] and drop.got[1] < PRICES and not drop.ended
    assert disconnect.ended and disconnect.got[1] < drop.got[1]
    assert runs["drop"] is drop
    shown = runs._repr_mimebundle_()
    assert f"{disconnect.got[1]}, closed" in shown["text/plain"]
    assert shown["text/html"].count("<tr>") == 5


async def test_a_way_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slow_reader, "RUN_WITHIN", 0.2)

    async def never(connection: ServerConnection, price: str) -> None:
        await connection.wait_closed()

    with pytest.raises(TimeoutError, match="never did not send 200 prices to two clients within"):
        await compare_ways(never)


def test_bars():
    assert drawn([0, 1, 2_500_000, 9_000_000]) == "·"
    assert drawn([0] * 8 + [1] * 8 + [2_500_000] * 8 + [9_000_000]) == "·▁▄█"
