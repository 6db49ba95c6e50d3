"""pcapng files, read again block by block; `tests/test_tshark.py` lets tshark read them."""

import struct
from ipaddress import IPv4Address

import pytest

from chatlib.wire.frames import Side
from chatlib.wire.pcapng import LATEST, SEGMENT_LIMIT, dump, packets
from chatlib.wire.records import Cause, Record, Recording


def commented(time: float, *causes: Cause) -> Record:
    return Record(time, "client", b"x", causes)


def recording(*records: Record) -> Recording:
    return Recording("Ana", "127.0.0.1:50312", "127.0.0.1:8765", records)


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """The type and the body of each block; its length must stand at both ends."""
    found = []
    while data:
        kind, size = struct.unpack_from("<II", data)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, size - 4) == (size,)
        found.append((kind, data[8 : size - 4]))
        data = data[size:]
    return found


def seconds(body: bytes) -> float:
    high, low = struct.unpack_from("<II", body, 4)
    return (high * 2**32 + low) / 1e9


def comment(body: bytes) -> str:
    (size,) = struct.unpack_from("<I", body, 12)
    options = body[20 + size + -size % 4 :]
    code, length = struct.unpack_from("<HH", options) if options else (0, 0)
    assert (code == 1) == (length > 0)
    return options[4 : 4 + length].decode()


def test_a_file_without_connections_has_its_two_heads():
    header, interface = blocks(dump([]))
    assert header[0] == 0x0A0D0D0A
    assert struct.unpack_from("<IHH", header[1]) == (0x1A2B3C4D, 1, 0)
    assert interface[0] == 1
    assert struct.unpack_from("<HHIHH12s", interface[1]) == (101, 0, 0, 2, 12, b"the wire tap")
    assert struct.unpack_from("<HHB", interface[1], 24) == (9, 1, 9)


def test_times_and_comments_of_the_packets():
    bodies = [
        body for kind, body in blocks(dump([recording(commented(1.5, Cause(0, "Änna")))]))[2:]
    ]
    assert [seconds(body) for body in bodies] == [1.5] * 4
    assert comment(bodies[0]).startswith("Ana. This TCP handshake")
    assert [comment(body) for body in bodies[1:]] == ["", "", "Änna"]


def test_connections_are_merged_by_time_and_each_keeps_its_order():
    data = dump(
        [
            recording(commented(1.0), commented(4.0)),
            recording(commented(2.0), commented(0.5), commented(3.0)),
        ]
    )
    times = [seconds(body) for _, body in blocks(data)[2:]]
    assert times == [*[1.0] * 4, *[2.0] * 4, 0.5, 3.0, 4.0]


@pytest.mark.parametrize(("time", "written"), [(-1.0, 0.0), (1e300, LATEST), (0.25, 0.25)])
def test_a_time_that_no_file_can_hold_is_bounded(time: float, written: float):
    assert seconds(blocks(dump([recording(commented(time))]))[2][1]) == written


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


def segments(*records: Record, number: int = 1) -> list[Segment]:
    recording = Recording("Ana", *ADDRESSES, records)
    return [Segment(packet.data) for packet in packets(recording, number)]


def chunk(sender: Side, data: bytes, time: float = 0.0) -> Record:
    return Record(time, sender, data)


def end(sender: Side, how: str = "fin") -> Record:
    return Record(9.0, sender, end=how)


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
    recording = Recording("Ana", *ADDRESSES, (Record(0, "client", b"x" * 100_000, causes),))
    comments = [packet.comment for packet in packets(recording, 1)]
    assert comments[0].startswith("Ana. This TCP handshake is not in the recording")
    assert comments[1:] == ["", "", "cell [0]\ncell [1]", ""]


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


def test_datagrams_are_no_connection():
    ends = {"client": "127.0.0.1:5001", "server": "127.0.0.1:5002"}
    told = [
        Record(1.0, "server", b"\x16", datagram="DTLS"),
        Record(2.0, "client", b"", datagram="?"),
    ]
    first, second = packets(Recording("peers", **ends, records=tuple(told)), 1)
    assert (first.time, first.comment, second.comment) == (1.0, "DTLS", "?")
    protocol, *numbers = first.data[9], *struct.unpack("!HHH", first.data[20:26])
    assert protocol == 17 and numbers == [5002, 5001, 9] and first.data[28:] == b"\x16"


def test_a_connection_without_records_has_no_packets():
    assert segments() == []


def test_bytes_that_were_not_kept_leave_a_gap_in_the_sequence():
    dropped = Record(0.0, "client", dropped=1000)
    first, second = segments(chunk("client", b"abc"), dropped, chunk("client", b"d"))[3:]
    assert second.seq == first.seq + 3 + 1000
