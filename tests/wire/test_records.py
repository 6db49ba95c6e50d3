"""A recording as JSON, both ways."""

import json

import pytest

from chatlib.wire.records import Cause, Chunk, End, Recording, dump, load

RECORDING = Recording(
    "Ana",
    "127.0.0.1:50312",
    "127.0.0.1:8765",
    (
        Chunk(1, 0.25, "client", b"\x00\xff", 0),
        Chunk(2, 0.5, "server", b"abc", 0),
        Chunk(3, 1.0, "client", b"d", 2, (Cause(1, "Ana's chat panel"), Cause(2, "cell [7]"))),
        End(1.5, "server", "fin"),
        End(2.0, "client", "reset"),
    ),
)


def test_both_ways():
    empty = Recording("", "", "", ())
    for recordings in ([RECORDING], [], [empty], [RECORDING, empty, RECORDING]):
        assert load(dump(recordings)) == recordings


def test_the_file_has_one_record_on_each_line():
    lines = dump([RECORDING]).splitlines()
    assert len(lines) == 2 + 5 + 2
    assert lines[2] == '{"time": 0.25, "sender": "client", "data": "AP8="},'
    assert lines[4].endswith('"causes": [[1, "Ana\'s chat panel"], [2, "cell [7]"]]},')
    assert json.loads(dump([RECORDING]))["version"] == 1


def test_bytes_are_not_in_the_short_form():
    assert "abc" not in repr(RECORDING)


def damaged(**changes: object) -> str:
    """A file whose one connection is changed."""
    saved = json.loads(dump([RECORDING]))
    return json.dumps({**saved, "connections": [{**saved["connections"][0], **changes}]})


def other(**changes: object) -> str:
    return json.dumps({**json.loads(dump([RECORDING])), **changes})


RECORD = {"time": 0.5, "sender": "client", "data": ""}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a saved trace: it is not JSON"),
        ("[" * 100_000, "not a saved trace: it is not JSON"),
        ("[]", 'it has no "format"'),
        ('{"format": "other"}', 'it has no "format"'),
        (other(version=2), "saved in version 2 of the format; only version 1"),
        (other(version=None), "saved in version None"),
        (other(connections={}), '"connections" must be a list'),
        (other(connections=[1]), "one of its connections cannot"),
        (damaged(name=1), '"name" must be a text'),
        (damaged(records={}), '"records" must be a list'),
        (damaged(records=[RECORD, {**RECORD, "time": "now"}]), "its record 2 cannot"),
        (damaged(records=[{**RECORD, "time": True}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "time": float("nan")}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "time": 10**400}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "sender": "proxy"}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "sender": []}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "data": "?"}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "data": 1}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "end": "quietly"}]), "its record 1 cannot"),
        (damaged(records=[{"time": 1, "sender": "client"}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "causes": 1}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "causes": [[0]]}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "causes": [[0, 1]]}]), "its record 1 cannot"),
        (damaged(records=[{**RECORD, "causes": [["0", "a"]]}]), "its record 1 cannot"),
        (damaged(records=["text"]), "its record 1 cannot"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        load(text)
