"""The picture of who is connected to what, and a panel that goes to another server."""

import asyncio

from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.who_is_where import who_is_where


async def test_a_panel_whose_server_is_killed_goes_to_the_next_one(lab, nats):
    servers = a, b, c = await start_programs(lab, nats)
    ana, budi = lab.panel("Ana", to=[a, b, c]), lab.panel("Budi", to=[b, c, a])
    await asyncio.gather(ana.connected(), budi.connected())
    before = who_is_where(servers, nats, [ana, budi])
    assert "Ana is connected to server A; Budi is connected to server B" in before.description
    assert before.description.endswith("Not running: nothing.")
    await b.kill()
    await budi.closed()
    away = who_is_where(servers, nats, [ana, budi]).description
    assert "Budi is connected to nothing" in away and "Not running: server B" in away
    await ana.say("while you were away")
    await budi.connected()
    await budi.heard("while you were away")
    after = who_is_where(servers, nats, [ana, budi])
    assert "Budi is connected to server B" not in after.description
    assert after.svg.count("<line") == 2 + 2  # the members, and the servers that run
    await nats.nodes[0].kill()
    assert "Not running: server B, NATS" in who_is_where(servers, nats, [ana]).description
