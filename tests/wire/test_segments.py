"""Recordings as TCP segments: their numbers follow TCP's rules, and they carry every byte."""

import struct
from ipaddress import IPv4Address

import pytest

from chatlib.wire.frames import Side
from chatlib.wire.records import Cause, Chunk, End, Recording
from chatlib.wire.segments import CAUSES_SHOWN, SEGMENT_LIMIT, packets

ADDRESSES = ("127.0.0.1:50312", "127.0.0.1:8765")


class Segment:
    """A packet, read again with the layouts of RFC 791 §3.1 and RFC 9293 §3.1."""

    def __init__(self, data: bytes) -> None:
        (self.size,) = struct.unpack_from("!H", data, 2)
        self.hosts = str(IPv4Address(data[12:16])), str(IPv4Address(data[16:20]))
        tcp = data[20:]
        self.ports = struct.unpack_from("!HH", tcp)
        self.seq, self.ack, offset, self.flags = struct.unpack_from("!IIBB", tcp, 4)
        self.payload = tcp[offset >> 2 :]
        pseudo = data[12:20] + struct.pack("!HH", data[9], len(tcp))
        self.sums = ones(data[:20]), ones(pseudo + tcp)


def ones(data: bytes) -> int:
    """RFC 1071: over data with a right checksum, the one's complement sum has all bits set."""
    return int.from_bytes(data + b"\0" * (len(data) % 2), "big") % 0xFFFF


def segments(*records: Chunk | End, number: int = 1) -> list[Segment]:
    recording = Recording("Ana", *ADDRESSES, records)
    return [Segment(packet.data) for packet in packets(recording, number)]


def chunk(sender: Side, data: bytes, time: float = 0.0) -> Chunk:
    return Chunk(1, time, sender, data, 0)


def end(sender: Side, how: str = "fin") -> End:
    return End(9.0, sender, how)


def test_a_connection_from_handshake_to_the_last_acknowledgement():
    found = segments(
        *(chunk("client", b"Hello"), chunk("server", b"Hi")), *(end("client"), end("server"))
    )
    flags = "S", "SA", "A", "PA", "PA", "FA", "FA", "A"
    letters = {1: "F", 2: "S", 8: "P", 16: "A"}
    assert [
        "".join(letter for bit, letter in letters.items() if segment.flags & bit)
        for segment in found
    ] == ["".join(sorted(word, key="FSPA".index)) for word in flags]
    assert [(segment.ports[0], segment.seq, segment.ack) for segment in found] == [
        *((50312, 1, 0), (8765, 1, 2), (50312, 2, 2)),
        *((50312, 2, 2), (8765, 2, 7)),
        *((50312, 7, 4), (8765, 4, 8), (50312, 8, 5)),
    ]
    assert [segment.payload for segment in found if segment.payload] == [b"Hello", b"Hi"]
    assert all(segment.sums == (0, 0) for segment in found)
    assert {segment.hosts for segment in found} == {("127.0.0.1", "127.0.0.1")}


def test_a_reset_ends_without_an_acknowledgement():
    found = segments(chunk("client", b"x"), end("server"), end("client", "reset"))
    assert [segment.flags for segment in found[-2:]] == [16 | 1, 16 | 4]


@pytest.mark.parametrize("size", [1, SEGMENT_LIMIT, SEGMENT_LIMIT + 1, 200_001])
def test_a_chunk_that_is_too_long_for_a_packet_takes_several(size: int):
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    found = segments(chunk("server", data), chunk("server", b"next"))[3:]
    assert b"".join(segment.payload for segment in found) == data + b"next"
    assert max(segment.size for segment in found) <= 65_535
    assert found[-1].seq == 2 + size
    assert all(segment.sums == (0, 0) for segment in found)


def test_the_comment_names_who_wrote_the_bytes_once_each():
    causes = tuple(Cause(start, f"cell [{start % 2}]") for start in range(6))
    recording = Recording("Ana", *ADDRESSES, (Chunk(1, 0, "client", b"x" * 100_000, 0, causes),))
    comments = [packet.comment for packet in packets(recording, 1)]
    assert comments[0].startswith("Ana. This TCP handshake is not in the recording")
    assert comments[1:] == ["", "", "cell [0]\ncell [1]", ""]


def test_many_causes_are_cut_short():
    causes = tuple(Cause(0, f"cell [{number}]") for number in range(CAUSES_SHOWN + 3))
    recording = Recording("Ana", *ADDRESSES, (Chunk(1, 0, "client", b"x", 0, causes),))
    lines = list(packets(recording, 1))[-1].comment.splitlines()
    assert lines[-1] == "… and 3 more"
    assert len(lines) == CAUSES_SHOWN + 1


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("10.0.0.7:8080", "10.0.0.7", 8080),
        ("localhost:8080", "127.0.0.1", 8080),
        ("::1:8080", "127.0.0.1", 8080),
        ("10.0.0.7:99999", "10.0.0.7", 80),
        ("10.0.0.7:٣", "10.0.0.7", 80),
        ("localhost", "127.0.0.1", 80),
        ("", "127.0.0.1", 80),
    ],
)
def test_an_address_that_is_not_known_gets_a_usual_one(address: str, host: str, port: int):
    recording = Recording("Ana", "", address, (chunk("client", b"x"),))
    first = Segment(next(packets(recording, 1)).data)
    assert (first.hosts[1], first.ports) == (host, (49_153, port))


def test_connections_with_the_same_addresses_can_be_told_apart():
    assert segments(chunk("client", b"x"), number=7)[0].seq == 7


def test_a_connection_without_records_has_no_packets():
    assert segments() == []
