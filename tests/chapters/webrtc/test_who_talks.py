"""The ladder of two peers, from real datagrams and real messages over a real server."""

import json

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.ladder import SERVER, Passed
from chatlib.chapters.webrtc.peer_pair import peer_pair
from chatlib.chapters.webrtc.who_talks import direct_trace, who_talks
from chatlib.kernel.servers import Servers
from chatlib.panels.wire_panel import show_wire


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


async def test_what_goes_past_the_server_is_a_trace(datagrams: Datagrams):
    assert Servers.running is not None
    service = await Servers.running.serve(echo)
    async with connect(service.url, proxy=None), peer_pair() as pair:
        pair.ends[0].send("a word that nobody else can read")
        trace = direct_trace(datagrams, service, Ana=pair.peers[0], Budi=pair.peers[1])
    assert trace.name == "Ana and Budi" and trace.state == "open"
    seen = datagrams.of(*pair.peers)
    names, sizes = zip(*((each.kind, each.size) for each in seen), strict=True)
    assert tuple(event.name for event in trace.events) == names[: len(trace.events)]
    assert trace.bytes_from("client") + trace.bytes_from("server") <= sum(sizes)
    assert {event.sender for event in trace.events} == {"client", "server"}
    assert 0 < trace.events[0].time < service.tap.now
    panel = show_wire(*service.traces, trace)
    assert {"handshake", "datagram"} <= {row["kind"] for row in panel.rows}
    assert b"nobody else" not in trace.data_from("client")


async def test_names_are_escaped(datagrams: Datagrams):
    assert Servers.running is not None
    service = await Servers.running.serve(echo)
    async with peer_pair() as pair:
        named = dict(zip(("<b>", "Budi"), pair.peers, strict=True))
        html = who_talks(datagrams, service, **named)._repr_mimebundle_()["text/html"]
    assert "<b>" not in html and "&lt;b&gt;" in html
