"""Wireshark's own dissector agrees with ours, on exported files and on the loopback interface."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from chatlib import Lab
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import peer_pair
from chatlib.chapters.webrtc.who_talks import direct_trace
from chatlib.wire import pcapng
from chatlib.wire.events import FrameItem
from chatlib.wire.frames import Frame, kind_name
from chatlib.wire.records import Cause
from chatlib.wire.trace import Trace
from tests.wire.streams import KEY, Pair, masked
from tools import tshark
from tools.tshark import Seen

pytestmark = pytest.mark.skipif(
    tshark.TSHARK is None, reason="there is no tshark: install Wireshark"
)


def ours(trace: Trace, sender: str | None = None) -> list[Seen]:
    """The frames of a trace, in the words of tshark."""
    ends = [int(address.rpartition(":")[2]) for address in (trace.client, trace.server)]
    ports = {"client": (ends[0], ends[1]), "server": (ends[1], ends[0])}
    return [
        seen(event.item, ports[event.sender])
        for event in trace.events
        if isinstance(event.item, FrameItem) and sender in (None, event.sender)
    ]


def seen(item: FrameItem, ports: tuple[int, int]) -> Seen:
    fields = {field.name: field.value for field in item.frame.fields()}
    return Seen(
        ports=ports,
        fin=bool(fields["FIN"]),
        rsv=fields["RSV1"] * 4 + fields["RSV2"] * 2 + fields["RSV3"],
        opcode=fields["opcode"],
        length=fields.get("extended payload length", fields["payload length"]),
        masking_key=fields.get("masking key"),
        close_code=item.frame.close_code,
        content=content(item),
    )


def content(item: FrameItem) -> bytes | None:
    """What tshark shows: the message on its final frame, or what a control frame carries.

    A frame without payload shows nothing, not even the message that it ends.
    """
    if not item.frame.payload:
        return None
    if item.frame.close_code is not None:
        return item.frame.payload[2:] or None
    data = item.frame.payload if item.frame.is_control else item.message
    return data.encode() if isinstance(data, str) else data


# Exported files


def every_kind() -> Trace:
    pair = Pair().open()
    pair.client.send_text("Héllo".encode())
    pair.client.send_binary(bytes(range(256)))
    pair.client.send_text(b"Hel", fin=False)
    pair.client.send_ping(b"in between")
    pair.client.send_continuation(b"lo", fin=True)
    pair.move("client")
    pair.move("server")
    pair.server.send_text(b"x" * 125)
    pair.server.send_text(b"x" * 126)
    pair.server.send_ping(b"")
    pair.move("server")
    pair.move("client")
    return pair.close(4000, "see you tomorrow").trace


def compressed() -> Trace:
    pair = Pair(deflate=True).open()
    for _ in range(3):  # the second message refers to the first one
        pair.client.send_text(b"Hello, hello, hello!")
        pair.move("client")
        pair.server.send_text(b"Hello, hello, hello!")
        pair.move("server")
    return pair.close(1000).trace


def big() -> Trace:
    """70,000 bytes each way: one frame in two chunks, of which one takes two TCP segments."""
    trace, causes = Pair().open().trace, [Cause(0, "cell [7], line 3")]
    for sender, frame in (("client", masked(2, bytes(70_000))), ("server", big_answer())):
        for start in range(0, len(frame), 65_536):
            data = frame[start : start + 65_536]
            trace.record(sender, data, time=5.0, causes=causes)
    return trace


def big_answer() -> bytes:
    return Frame(2, b"\xff" * 70_000).encode()


def cut_and_reset() -> Trace:
    """Two frames in one chunk, a frame in three, rules broken, and an abrupt end."""
    trace = Pair().open().trace
    trace.record("client", masked(1, b"a") + masked(1, b"b") + masked(9, b"c")[:3], time=5.0)
    trace.record("client", masked(9, b"c")[3:], time=6.0)
    trace.record("server", Frame(1, b"d", rsv2=True).encode(), time=7.0)
    trace.record("server", b"\x88\x80" + KEY, time=8.0)
    trace.end("client", "reset", time=9.0)
    return trace


TRACES = [every_kind, compressed, big, cut_and_reset]


@pytest.mark.parametrize("make", TRACES, ids=lambda make: make.__name__)
def test_an_exported_trace_is_dissected_as_ours(make, tmp_path: Path):
    trace = make()
    file = tmp_path / "trace.pcapng"
    trace.save(file)
    assert tshark.frames(file) == ours(trace)
    assert len(ours(trace)) >= 2


def test_several_connections_in_one_file(tmp_path: Path):
    traces = [make() for make in TRACES]
    for number, trace in enumerate(traces):
        trace.client = f"127.0.0.1:{50_000 + number}"
    file = tmp_path / "all.pcapng"
    file.write_bytes(pcapng.dump(trace.recording() for trace in traces))
    found = tshark.frames(file)
    for trace in traces:
        port = int(trace.client.rpartition(":")[2])
        assert [frame for frame in found if port in frame.ports] == ours(trace)


def test_tcp_is_in_order_and_every_checksum_is_right(tmp_path: Path):
    names = ("ip.checksum.status", "tcp.checksum.status", "tcp.analysis.flags")
    for make in TRACES:
        file = tmp_path / f"{make.__name__}.pcapng"
        make().save(file)
        packets = tshark.fields(file, *names)
        assert len(packets) > 5
        assert set(packets) == {("1", "1", "")}, make.__name__


def test_the_handshake_is_http_and_the_comments_name_the_causes(tmp_path: Path):
    file = tmp_path / "big.pcapng"
    big().save(file)
    packets = tshark.fields(file, "http.request.method", "http.response.code", "frame.comment")
    assert ("GET", "", "") in packets
    assert ("", "101", "") in packets
    assert [comment for *_, comment in packets if comment.startswith("cell")] == [
        "cell [7], line 3"
    ] * 4


# The loopback interface


async def echo(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


async def talk(url: str) -> None:
    async with connect(url, compression=None) as ana:
        for message in ("Halo", b"\x00\x01", ["Hel", "lo"], bytes(70_000)):
            await ana.send(message)
            await ana.recv()
        answered = await ana.ping(b"?")
        await answered
        await ana.close(4000, "sampai jumpa")
    async with connect(url) as budi:
        for _ in range(2):
            await budi.send("Halo, halo, halo!")
            await budi.recv()
    citra = await connect(url, compression=None)
    await citra.send("gone at once")
    await citra.recv()
    citra.transport.abort()


async def test_a_live_capture_shows_the_same_frames_as_the_tap_and_the_panel(tmp_path: Path):
    file = tmp_path / "live.pcapng"
    async with await Lab.start() as lab:
        service = await lab.serve(echo, compression="deflate")
        panel = lab.wire(service)
        try:
            async with tshark.capture(service.tap.port, file), asyncio.timeout(tshark.SECONDS):
                await talk(service.url)
                await service.tap.idle()
                panel.flush()
                traces = list(service.traces)
        except PermissionError as error:
            pytest.skip(str(error))
        port = service.tap.port
        found = tshark.frames(file, "-d", f"tcp.port=={port},http")
        for trace in traces:
            trace.server = f"127.0.0.1:{port}"  # what the client connected to
            client = int(trace.client.rpartition(":")[2])
            for sender, ports in (("client", (client, port)), ("server", (port, client))):
                frames = [frame for frame in found if frame.ports == ports]
                assert frames == ours(trace, sender)
                assert [kind_name(frame.opcode) for frame in frames] == [
                    row["kind"]
                    for row in panel.rows
                    if (row["label"], row["sender"]) == (trace.name, sender)
                    and row["kind"] not in ("handshake", "end")
                ]
        assert len(traces) == 3
        assert len(found) >= 20


async def test_the_datagrams_of_two_peers_are_dissected(tmp_path: Path):
    async with await Lab.start() as lab:
        datagrams = Datagrams.watch(lab)
        async with peer_pair() as pair:
            pair.ends[0].send("Halo")
            file = tmp_path / "peers.pcapng"
            ana, budi = pair.peers
            direct_trace(datagrams, lab, Ana=ana, Budi=budi).save(file)
            sent = datagrams.of(ana, budi)
    seen = tshark.fields(
        file, "udp.srcport", "udp.dstport", "udp.length", "udp.checksum.status", "frame.protocols"
    )
    named = {"STUN": "stun", "DTLS": "dtls", "data": "dtls"}
    assert len(seen) == len(sent) > 15
    for datagram, (*numbers, checksum, protocols) in zip(sent, seen, strict=True):
        assert numbers == [*map(str, (datagram.sender, datagram.receiver, datagram.size + 8))]
        assert checksum == "1"  # good
        assert named[datagram.kind] in protocols.split(":")
