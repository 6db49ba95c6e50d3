"""What the way over NATS costs, measured with less of everything."""

from chatlib.chapters.beyond_one_server import bridge_cost
from chatlib.chapters.beyond_one_server.bridge_cost import compare, cost_table, path_of_a_text
from chatlib.chapters.beyond_one_server.chat_programs import start_programs


async def test_both_ways_are_measured_in_turns(lab, nats, monkeypatch):
    monkeypatch.setattr(bridge_cost, "TEXTS", 20)
    monkeypatch.setattr(bridge_cost, "BURST", 20)
    alone, shared = await compare(lab, nats)
    assert len(alone.times) == len(shared.times) == 20
    assert alone.rate > 0 and shared.rate > 0
    table = cost_table((alone, shared))
    assert str(table).count(" ms") == 4 and "two servers and NATS" in str(table)
    assert "<table" in table._repr_mimebundle_()["text/html"]


async def test_a_text_is_followed(lab, nats, monkeypatch):
    monkeypatch.setattr(bridge_cost, "TEXTS", 20)
    a, b = await start_programs(lab, nats, "AB")
    table = await path_of_a_text(nats, a.direct_url, b.direct_url)
    began, *later = (float(after.removesuffix(" ms")) for _, after in table.rows)
    assert began == 0 and len(later) == 3 and all(0 < after < 1000 for after in later)
