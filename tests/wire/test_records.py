"""A recording as JSON, both ways."""

import json

import pytest

from chatlib.wire.records import Chunk, End, Recording, dump, load

RECORDING = Recording(
    "Ana",
    "127.0.0.1:50312",
    "127.0.0.1:8765",
    (
        Chunk(1, 0.25, "client", b"\x00\xff", 0),
        Chunk(2, 0.5, "server", b"abc", 0),
        Chunk(3, 1.0, "client", b"d", 2),
        End(1.5, "server", "fin"),
        End(2.0, "client", "reset"),
    ),
)


def test_both_ways():
    assert load(dump(RECORDING)) == RECORDING
    empty = Recording("", "", "", ())
    assert load(dump(empty)) == empty


def test_the_file_has_one_record_on_each_line():
    lines = dump(RECORDING).splitlines()
    assert len(lines) == 1 + 5 + 1
    assert lines[1] == '{"time": 0.25, "sender": "client", "data": "AP8="},'
    assert json.loads(dump(RECORDING))["version"] == 1


def test_bytes_are_not_in_the_short_form():
    assert "abc" not in repr(RECORDING)


def damaged(**changes: object) -> str:
    return json.dumps({**json.loads(dump(RECORDING)), **changes})


RECORD = {"time": 0.5, "sender": "client", "data": ""}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a saved trace: it is not JSON"),
        ("[" * 100_000, "not a saved trace: it is not JSON"),
        ("[]", 'it has no "format"'),
        ('{"format": "other"}', 'it has no "format"'),
        (damaged(version=2), "saved in version 2 of the format; only version 1"),
        (damaged(version=None), "saved in version None"),
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
        (damaged(records=["text"]), "its record 1 cannot"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        load(text)
