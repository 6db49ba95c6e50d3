"""The ladder of two peers, from real datagrams and real messages over a real server."""

import json

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import peer_pair
from chatlib.chapters.webrtc.who_talks import SERVER, Passed, who_talks
from chatlib.kernel.servers import Servers


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_what_goes_over_the_server_and_what_past_it(datagrams: Datagrams):
    assert Servers.running is not None
    service = await Servers.running.serve(echo)
    async with connect(service.url, proxy=None) as ana, connect(service.url, proxy=None) as budi:
        await ana.send(json.dumps({"type": "offer", "sdp": "<b>"}))
        await ana.recv()
        await budi.send("no JSON")
        await budi.recv()
    async with peer_pair() as pair:
        talk = who_talks(datagrams, service, Ana=pair.peers[0], Budi=pair.peers[1])
    over = [row for row in talk.rows if SERVER in (row.sender, row.receiver)]
    assert [(row.sender, row.receiver, row.what, row.size) for row in over[:2]] == [
        ("Ana", SERVER, "offer", 37),
        (SERVER, "Ana", "offer", 33),
    ]
    assert talk.rows[0].words(talk.began)[0] == "0 ms"
    assert Passed(12.5, "Ana", "Budi", "data", 1).after(10.0) == "2.5 s"
    assert [row.what for row in over[2:4]] == ["text", "text"]
    past = [row for row in talk.rows if row not in over]
    assert {row.sender for row in past} | {row.receiver for row in past} == {"Ana", "Budi"}
    assert past[0].what.endswith("STUN") and any(row.both for row in past)
    assert sum(row.size for row in past) > 1000
    html = talk._repr_mimebundle_()["text/html"]
    assert html.count("<line") == 3 + len(talk.rows)
    assert "Who talks to whom: Ana, the server and Budi" in html


async def test_names_are_escaped(datagrams: Datagrams):
    assert Servers.running is not None
    service = await Servers.running.serve(echo)
    async with peer_pair() as pair:
        named = dict(zip(("<b>", "Budi"), pair.peers, strict=True))
        html = who_talks(datagrams, service, **named)._repr_mimebundle_()["text/html"]
    assert "<b>" not in html and "&lt;b&gt;" in html
