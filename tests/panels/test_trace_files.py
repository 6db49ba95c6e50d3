"""Connections as files."""

import struct

import pytest

from chatlib.panels.trace_files import file_of
from chatlib.wire.trace import Trace, load_traces

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nCookie: sid=SECRET\r\n\r\n"
SECTION_HEADER = 0x0A0D0D0A  # the block with which every pcapng file begins


def recorded(name):
    trace = Trace(name, client="127.0.0.1:50000", server="127.0.0.1:8765")
    trace.record("client", REQUEST, time=1.0)
    return trace


def test_json_can_be_opened_again():
    name, media_type, data = file_of([recorded("Ana"), recorded("Budi")], "json")
    assert (name, media_type) == ("wire-2-connections.json", "application/json")
    assert [trace.name for trace in load_traces(data.decode())] == ["Ana", "Budi"]


def test_pcapng_begins_with_its_section_header():
    name, _, data = file_of([recorded("Ana")], "pcapng")
    assert name == "wire-Ana.pcapng"
    assert struct.unpack("<I", data[:4]) == (SECTION_HEADER,)


@pytest.mark.parametrize("form", ["json", "pcapng"])
def test_no_file_holds_a_secret(form):
    data = file_of([recorded("Ana")], form)[2]
    assert b"SECRET" not in data
    assert b"U0VDUkVU" not in data  # the same in base64


@pytest.mark.parametrize(
    ("name", "stem"), [("../a b", "wire-a-b"), ("…", "wire"), ("x" * 200, "wire-" + "x" * 55)]
)
def test_a_name_is_made_fit_for_a_file(name, stem):
    assert file_of([recorded(name)], "json")[0] == f"{stem}.json"


def test_nothing_to_keep_is_said():
    with pytest.raises(ValueError, match="let a client connect first"):
        file_of([], "json")
