"""The captures of the core notebooks: they show what their notebook says, and can be made again."""

import pytest

from chatlib import Trace
from chatlib.wire.events import Event, FrameItem
from chatlib.wire.trace import load_traces
from tools import navigation
from tools.record_captures import CAPTURES, STORIES, record

FILES = sorted(CAPTURES.glob("*.json"))
SIDES = ("client", "server")


def load(name: str) -> dict[str, Trace]:
    return {trace.name: trace for trace in Trace.load_all(CAPTURES / f"{name}.json")}


def names(trace: Trace, sender: str | None = None) -> list[str]:
    """What one side sent, or both, without the end of its direction."""
    return [event.name for event in trace.events if sender in (None, event.sender) and event.chunks]


def broken(traces: dict[str, Trace]) -> list[tuple[str, str]]:
    """The events that break a rule, each with the name of its connection."""
    found = [(trace.name, event) for trace in traces.values() for event in trace.events]
    return [(name, event.name) for name, event in found if event.item.problems]


def test_each_core_notebook_has_one_small_file_and_shows_it():
    core = [path for path in navigation.notebook_paths() if path.name[:2] <= "04"]
    assert [file.stem for file in FILES] == [path.stem for path in core] == list(STORIES)
    for file, path in zip(FILES, core, strict=True):
        assert file.stat().st_size < 10_000
        assert f'captures/{file.name}\\")' in path.read_text(encoding="utf-8")


def test_00_a_short_chat():
    traces = load("00_start_here")
    assert list(traces) == ["Ana", "Budi"]
    for trace in traces.values():
        assert names(trace)[:3] == ["request", "101 response", "text"]
        assert names(trace).count("close 1000") == 2
        said = [text for text in trace.messages("server") if "Hello from Ana!" in text]
        assert len(said) == 1
    assert broken(traces) == []


def test_01_one_handshake_that_succeeds_and_two_that_fail():
    traces = load("01_opening_handshake")
    assert [trace.response.status for trace in traces.values()] == [101, 400, 403]
    assert [len(trace.frames()) > 0 for trace in traces.values()] == [True, False, False]
    assert "Sec-WebSocket-Key" not in traces["no key"].request.headers
    origin = traces["other site"].request.headers.get("Origin")
    assert origin == "https://evil.example"
    assert broken(traces) == [
        *(("no key", "request"), ("no key", "400 response")),
        ("other site", "403 response"),
    ]


def test_02_frames_of_several_kinds():
    (trace,) = load("02_open_connection").values()
    sizes = [(frame.kind, len(frame.payload)) for frame in trace.frames("client")]
    assert sizes == [("text", 5), ("binary", 16), ("text", 200), ("ping", 14), ("close", 2)]
    (ping,), (pong,) = trace.frames(kind="ping"), trace.frames(kind="pong")
    assert ping.payload == pong.payload
    assert broken({"": trace}) == []


def test_03_prices_and_fragments():
    (trace,) = load("03_full_duplex").values()
    assert trace.messages("server") == ("price 101", "price 99", "price 102")
    assert trace.messages("client") == ("Terima kasih", "Once upon a time, there was a server.")
    first, second = names(trace)[3:6], names(trace)[6:12]
    assert first == ["text", "continuation", "continuation"]
    assert second == ["text", "ping", "pong", "text", "continuation", "continuation"]
    assert broken({"": trace}) == []


def test_04_five_ends():
    traces = load("04_closing")
    ends = {name: names(trace)[2:] for name, trace in traces.items()}
    assert ends == {
        "1000 client": ["close 1000", "close 1000"],
        "1001 server": ["close 1001", "close 1001"],
        "1005": ["close", "close"],
        "1002 error": ["text", "close 1002"],
        "1006": [],
    }
    first = [trace.frames(kind="close")[:1] for trace in traces.values()]
    assert [bool(frame and frame[0].masking_key) for frame in first] == [
        *(True, False, True, False, False),
    ]
    assert broken(traces) == [("1002 error", "text")]


def content(event: Event) -> object:
    """What does not change with the time and the port."""
    return event.item.frame if isinstance(event.item, FrameItem) else event.name


@pytest.mark.parametrize("name", STORIES)
async def test_a_new_recording_has_the_same_frames(name: str):
    fresh = load_traces(await record(STORIES[name]))
    assert [trace.name for trace in fresh] == list(load(name))
    for trace, saved in zip(fresh, load(name).values(), strict=True):
        for side in SIDES:
            now, then = (
                [content(event) for event in each.events if event.sender == side]
                for each in (trace, saved)
            )
            assert now == then
