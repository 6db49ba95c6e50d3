"""pcapng files, read again block by block; `tests/test_tshark.py` lets tshark read them."""

import struct

import pytest

from chatlib.wire.pcapng import LATEST, dump
from chatlib.wire.records import Cause, Chunk, Recording


def chunk(time: float, *causes: Cause) -> Chunk:
    return Chunk(1, time, "client", b"x", 0, causes)


def recording(*records: Chunk) -> Recording:
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
    bodies = [body for kind, body in blocks(dump([recording(chunk(1.5, Cause(0, "Änna")))]))[2:]]
    assert [seconds(body) for body in bodies] == [1.5] * 4
    assert comment(bodies[0]).startswith("Ana. This TCP handshake")
    assert [comment(body) for body in bodies[1:]] == ["", "", "Änna"]


def test_connections_are_merged_by_time_and_each_keeps_its_order():
    data = dump([recording(chunk(1.0), chunk(4.0)), recording(chunk(2.0), chunk(0.5), chunk(3.0))])
    times = [seconds(body) for _, body in blocks(data)[2:]]
    assert times == [*[1.0] * 4, *[2.0] * 4, 0.5, 3.0, 4.0]


@pytest.mark.parametrize(("time", "written"), [(-1.0, 0.0), (1e300, LATEST), (0.25, 0.25)])
def test_a_time_that_no_file_can_hold_is_bounded(time: float, written: float):
    assert seconds(blocks(dump([recording(chunk(time))]))[2][1]) == written
