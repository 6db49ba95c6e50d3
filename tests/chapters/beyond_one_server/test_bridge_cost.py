"""What the way over NATS costs, measured with less of everything."""

from chatlib.chapters.beyond_one_server import bridge_cost
from chatlib.chapters.beyond_one_server.bridge_cost import compare, cost_table


async def test_both_ways_are_measured_in_turns(lab, nats, monkeypatch):
    monkeypatch.setattr(bridge_cost, "TEXTS", 20)
    monkeypatch.setattr(bridge_cost, "BURST", 20)
    alone, shared = await compare(lab, nats)
    assert len(alone.times) == len(shared.times) == 20
    assert alone.rate > 0 and shared.rate > 0
    table = cost_table((alone, shared))
    assert str(table).count(" ms") == 4 and "two servers and NATS" in str(table)
    assert "<table" in table._repr_mimebundle_()["text/html"]
