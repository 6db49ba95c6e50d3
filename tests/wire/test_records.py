"""A recording as JSON, both ways."""

import json

import pytest

from chatlib.wire.records import Cause, Chunk, Record, Recording, Stream, dump, load

RECORDING = Recording(
    "Ana",
    "127.0.0.1:50312",
    "127.0.0.1:8765",
    (
        Record(0.25, "client", b"\x00\xff"),
        Record(0.5, "server", b"abc"),
        Record(1.0, "client", b"d", (Cause(1, "Ana's chat panel"), Cause(2, "cell [7]"))),
        Record(1.25, "server", dropped=1000),
        Record(1.5, "server", end="fin"),
        Record(2.0, "client", end="reset"),
    ),
    dropped=7,
)


def test_both_ways():
    empty = Recording("", "", "", ())
    for recordings in ([RECORDING], [], [empty], [RECORDING, empty, RECORDING]):
        assert load(dump(recordings)) == recordings


def test_the_file_has_one_record_on_each_line():
    lines = dump([RECORDING]).splitlines()
    assert len(lines) == 2 + 6 + 2
    assert lines[2] == '{"time":0.25,"sender":"client","data":"AP8="},'
    assert lines[4].endswith('"causes":[[1,"Ana\'s chat panel"],[2,"cell [7]"]]},')
    assert json.loads(dump([RECORDING]))["version"] == 1


def damaged(**changes: object) -> str:
    """A file whose one connection is changed."""
    saved = json.loads(dump([RECORDING]))
    return json.dumps({**saved, "connections": [{**saved["connections"][0], **changes}]})


def other(**changes: object) -> str:
    return json.dumps({**json.loads(dump([RECORDING])), **changes})


RECORD = {"time": 0.5, "sender": "client", "data": ""}
RECORD_0, RECORD_1 = (rf"\$\.connections\[0\]\.records\[{at}\]" for at in (0, 1))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a saved trace"),
        ("[" * 100_000, "not a saved trace"),
        ('{"format":' + "[" * 100_000, "not a saved trace"),
        ("[]", "not a saved trace"),
        ('{"format": "other"}', "not a saved trace"),
        (other(version=2), r"Invalid enum value 2 - at `\$\.version`"),
        (other(version=None), r"at `\$\.version`"),
        (other(connections={}), r"at `\$\.connections`"),
        (other(connections=[1]), r"damaged\. .*\$\.connections\[0\]"),
        (other(connections=[{}]), r"damaged\. .*\$\.connections\[0\]"),
        (damaged(name=1), r"\$\.connections\[0\]\.name"),
        (damaged(records={}), r"\$\.connections\[0\]\.records"),
        (
            damaged(records=[RECORD, {**RECORD, "time": "now"}]),
            RECORD_1,
        ),
        (damaged(records=[{**RECORD, "time": True}]), RECORD_0),
        (
            damaged(records=[{**RECORD, "time": float("nan")}]),
            "not a saved trace",
        ),
        (
            damaged(records=[{"time": 1, "sender": "client", "dropped": -1}]),
            RECORD_0,
        ),
        (damaged(dropped=-1), r"\$\.connections\[0\]\.dropped"),
        (damaged(records=[{**RECORD, "time": 10**400}]), RECORD_0),
        (damaged(records=[{**RECORD, "sender": "proxy"}]), RECORD_0),
        (damaged(records=[{**RECORD, "sender": []}]), RECORD_0),
        (damaged(records=[{**RECORD, "data": "?"}]), RECORD_0),
        (damaged(records=[{**RECORD, "data": 1}]), RECORD_0),
        (damaged(records=[{**RECORD, "end": "quietly"}]), RECORD_0),
        (damaged(records=[{"time": 1, "sender": "client"}]), RECORD_0),
        (damaged(records=[{**RECORD, "causes": 1}]), RECORD_0),
        (damaged(records=[{**RECORD, "causes": [[0]]}]), RECORD_0),
        (damaged(records=[{**RECORD, "causes": [[0, 1]]}]), RECORD_0),
        (
            damaged(records=[{**RECORD, "causes": [["0", "a"]]}]),
            RECORD_0,
        ),
        (damaged(records=["text"]), RECORD_0),
    ],
)
def test_what_cannot_be_read_is_told(text: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        load(text)


@pytest.mark.parametrize(
    ("start", "end", "numbers"),
    [
        (0, 3, (1,)),
        (2, 4, (1, 4)),
        (3, 6, (4,)),
        (0, 7, (1, 4, 5)),
        (6, 7, (5,)),
        (3, 3, ()),
        (7, 7, ()),
    ],
)
def test_chunks_of_a_stretch(start: int, end: int, numbers: tuple[int, ...]):
    stream = Stream()
    for number, data, at in ((1, b"GET", 0), (4, b" / ", 3), (5, b"H", 6)):
        stream.add(Chunk(number, 0.0, "client", data, at))
    assert tuple(chunk.number for chunk in stream.between(start, end)) == numbers
    assert stream.data() == b"GET / H"
    assert stream.size == 7
    assert stream.data(start, end) == b"GET / H"[start:end]
    assert stream.data(end) == b"GET / H"[end:]


def test_a_stretch_joins_only_the_chunks_that_hold_it():
    stream = Stream()
    assert stream.data() == b""
    for at, data in enumerate((b"a", b"b", b"c", b"d")):
        stream.add(Chunk(at + 1, 0.0, "client", data, at))
    for at in (0, 3):
        stream.chunks[at] = Chunk(9, 0.0, "client", None, at)
    assert stream.data(1, 3) == b"bc"


@pytest.mark.parametrize(
    ("offset", "cause"), [(0, ""), (1, ""), (2, "a"), (4, "a"), (5, "b"), (9, "b")]
)
def test_a_cause_goes_on_until_the_next_one(offset: int, cause: str):
    stream = Stream()
    stream.add(Chunk(1, 0.0, "server", b"123", 0, (Cause(2, "a"),)))
    stream.add(Chunk(2, 0.0, "server", b"456", 3, (Cause(3, "a"), Cause(5, "b"))))
    assert stream.cause_at(offset) == cause
