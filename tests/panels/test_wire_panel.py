"""The wire panel without kernel and browser: what it would send, and what it answers."""

import asyncio
import json
import struct
import subprocess
import sys
import threading

import pytest

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import WireTap
from chatlib.panels.wire_panel import CONNECTIONS_KEPT, WirePanel, show_wire, state_picture
from chatlib.wire.events import TRANSITIONS
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace, load_traces, save_traces

REQUEST = (
    b"GET /chat?token=SECRET HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Cookie: sid=SECRET\r\nAuthorization: Bearer SECRET\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Set-Cookie: sid=SECRET\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
KEY = bytes.fromhex("37fa213d")


class Recorded(WirePanel):
    """A panel that keeps what it would send to the browser."""

    def __init__(self, *arguments, **options):
        self.sent = []
        super().__init__(*arguments, **options)

    def send(self, content, buffers=None):
        self.sent.append(content)
        self.buffers = buffers

    def ask(self, connection, number):
        self._handle_custom_msg({"kind": "details", "connection": connection, "number": number}, [])
        return self.sent[-1]

    def keep(self, form, *connections):
        wanted = connections or [connection["id"] for connection in self.connections]
        message = {"kind": "keep", "view": "v", "form": form, "connections": list(wanted)}
        self._handle_custom_msg(message, [])
        return self.sent[-1]

    def open_file(self, text, name="talk.json"):
        self._handle_custom_msg({"kind": "open", "view": "v", "name": name, "text": text}, [])
        return self.sent[-1]


def opened(name="connection 1"):
    trace = Trace(name, client="127.0.0.1:50000", server="127.0.0.1:8765")
    trace.record("client", REQUEST, time=10.0)
    trace.record("server", RESPONSE, time=10.001)
    return trace


def everything(panel):
    """All that a browser could get: state, messages, and the static representation."""
    answers = [panel.ask(row["connection"], row["number"]) for row in panel.rows]
    state = {key: panel.get_state()[key] for key in ("rows", "connections", "error")}
    return json.dumps([state, panel.sent, answers, panel._repr_mimebundle_()[0]])


async def test_recorded_traces_are_shown_without_any_server():
    first, second = opened("first"), opened("second")
    first.record("client", Frame(1, b"Hello", masking_key=KEY).encode(), time=12.0)
    second.end("client", "fin", time=11.0)
    panel = WirePanel(KernelLoop.here(), traces=[first, second])
    assert [(row["label"], row["name"]) for row in panel.rows] == [
        ("first", "request"),
        ("second", "request"),
        ("first", "101 response"),
        ("second", "101 response"),
        ("second", "end"),
        ("first", "text frame"),
    ]
    assert panel.connections == [
        {"id": 1, "name": "first", "state": "open"},
        {"id": 2, "name": "second", "state": "closing"},
    ]
    assert panel.mode == "recorded"
    assert panel.error == ""


async def test_a_saved_trace_shows_the_same_rows():
    trace = opened()
    trace.record("server", Frame(9, b"?").encode(), time=10.5)
    rows = [WirePanel(KernelLoop.here(), traces=[shown]).rows for shown in (trace, copy(trace))]
    assert len(rows[0]) == 3
    assert rows[0] == rows[1]


def copy(trace):
    return load_traces(save_traces([trace]))[0]


async def test_a_trace_given_twice_is_shown_once():
    trace = opened()
    assert len(WirePanel(KernelLoop.here(), traces=[trace, trace]).rows) == 2


async def test_nothing_secret_reaches_the_front_end():
    trace = opened()
    refused = Trace("refused")
    refused.record("client", REQUEST.replace(b"HTTP/1.1", b"HTTP/1.1\x01"), time=1.0)
    refused.record("client", b"Cookie: sid=SECRET", time=1.1)
    refused.end("client", "fin", time=1.2)
    panel = Recorded(KernelLoop.here(), traces=[trace, refused])
    assert len(panel.rows) == 5
    assert not leaks(everything(panel))


async def test_a_second_head_behind_the_first_is_not_shown_as_a_frame():
    trace = Trace()
    trace.record("client", REQUEST + b"GET / HTTP/1.1\r\nCookie: sid=SECRET\r\n" * 4, time=1.0)
    trace.record("server", b"HTTP/1.1 400 Bad\r\nContent-Length: 12\r\n\r\ntoken=SECRET", time=1.1)
    trace.end("client", "fin", time=1.2)
    panel = Recorded(KernelLoop.here(), traces=[trace])
    assert len(panel.rows) > 3
    assert not leaks(everything(panel))


def leaks(sent):
    """Whether the secret is there: as text, or in hex with or without spaces."""
    return any(form in sent for form in ("SECRET", b"SECRET".hex(), b"SECRET".hex(" ")))


async def test_details_of_a_frame_say_what_its_fields_mean():
    trace = opened()
    trace.record("client", Frame(1, b"Hello", masking_key=KEY).encode(), time=10.5)
    details = Recorded(KernelLoop.here(), traces=[trace]).ask(1, 3)
    assert details["kind"] == "details"
    assert (details["connection"], details["number"]) == (1, 3)
    assert details["hex"] == "818537fa213d7f9f4d5158"
    assert [field["name"] for field in details["fields"]][-2:] == ["masking key", "payload"]


async def test_a_question_about_an_unknown_row_is_answered():
    panel = Recorded(KernelLoop.here(), traces=[opened()])
    assert "no row 99" in panel.ask(1, 99)["gone"]


async def test_rows_of_a_forgotten_connection_stay_but_cannot_be_opened():
    traces = [opened(f"connection {number}") for number in range(CONNECTIONS_KEPT + 1)]
    panel = Recorded(KernelLoop.here(), traces=traces)
    assert panel.rows[0]["connection"] == 1
    assert len(panel.connections) == CONNECTIONS_KEPT
    assert "200 newest connections" in panel.ask(1, 1)["gone"]


async def test_closed_connections_are_forgotten_before_open_ones():
    budi, *others = (opened(f"connection {number}") for number in range(CONNECTIONS_KEPT + 1))
    for each in others:
        for side in ("client", "server"):
            each.end(side, "fin", time=20.0)
    panel = Recorded(KernelLoop.here(), traces=[budi, *others])
    assert "hex" in panel.ask(1, 1)
    assert "200 newest connections" in panel.ask(2, 1)["gone"]


async def test_what_a_trace_no_longer_keeps_is_told_at_its_row_and_when_it_is_saved():
    trace = Trace("Ana", limit=20_000)
    trace.record("client", REQUEST, time=10.0)
    trace.record("server", RESPONSE, time=10.0)
    panel = Recorded(KernelLoop.here(), traces=[trace])
    for number in range(100):
        panel._grow(trace, trace.record("server", Frame(1, b"Hello").encode(), time=number))
    assert len(panel.rows) == 102
    gone = f"{trace.dropped} old events after the handshake and their bytes are gone"
    assert gone in panel.ask(1, 3)["gone"]
    assert panel.ask(1, 102)["hex"] == "810548656c6c6f"
    told = panel.keep("json")
    assert told["text"].startswith("Saved as wire-Ana.json. A trace keeps at most")
    assert gone in told["text"]
    assert panel.sent[-2]["kind"] == "file"
    panel.open_file(save_traces([trace]))
    assert gone in panel.ask(2, 3)["gone"]


async def test_the_state_picture_is_drawn_from_the_table_of_states():
    picture = WirePanel(KernelLoop.here()).picture
    assert picture["states"][0] == "connecting"
    assert len(picture["ways"]) == 8


async def test_what_is_saved_can_be_opened_and_shows_the_same_rows():
    panel = Recorded(KernelLoop.here(), traces=[opened("Ana"), opened("Budi")])
    answer = panel.keep("json")
    assert answer == {
        "kind": "file",
        "view": "v",
        "name": "wire-2-connections.json",
        "type": "application/json",
    }
    saved = panel.buffers[0].decode()
    other = Recorded(KernelLoop.here())
    answer = other.open_file(saved)
    assert (answer["kind"], answer["view"], answer["name"]) == ("opened", "v", "talk.json")
    assert answer["rows"] == panel.rows
    assert answer["connections"] == panel.connections
    assert not leaks(saved)


async def test_one_connection_alone_is_saved_if_it_is_selected():
    panel = Recorded(KernelLoop.here(), traces=[opened("Ana"), opened("Budi")])
    assert panel.keep("json", 2)["name"] == "wire-Budi.json"
    opened_again = Recorded(KernelLoop.here()).open_file(panel.buffers[0].decode())
    assert [connection["name"] for connection in opened_again["connections"]] == ["Budi"]


async def test_pcapng_is_made_in_the_kernel():
    panel = Recorded(KernelLoop.here(), traces=[opened("Ana")])
    assert panel.keep("pcapng")["name"] == "wire-Ana.pcapng"
    assert struct.unpack("<I", panel.buffers[0][:4]) == (0x0A0D0D0A,)


async def test_opened_rows_do_not_join_the_others_begin_at_0_and_are_forgotten_when_closed():
    panel = Recorded(KernelLoop.here(), traces=[opened("Ana")])
    late = opened("Budi")
    late.record("server", Frame(1, b"x").encode(), time=99.0)
    answer = panel.open_file(save_traces([late]))
    assert answer["connections"] == [{"id": 2, "name": "Budi", "state": "open"}]
    assert [row["ms"] for row in answer["rows"]] == [0.0, 1.0, 89_000.0]
    assert [row["label"] for row in panel.rows] == ["Ana", "Ana"]
    assert [connection["name"] for connection in panel.connections] == ["Ana"]
    assert panel.ask(2, 3)["hex"] == "810178"
    panel._handle_custom_msg({"kind": "close", "connections": [2]}, [])
    assert "gone" in panel.ask(2, 3) and "gone" not in panel.ask(1, 1)
    panel.stop()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "JSON is malformed"),
        ("{}", "is not a saved trace"),
        ('{"format": "chatlib trace", "version": 0}', "version"),
    ],
)
async def test_a_file_that_is_no_trace_is_told_to_the_view_that_asked(text, words):
    panel = Recorded(KernelLoop.here())
    answer = panel.open_file(text)
    assert answer["kind"] == "told" and answer["view"] == "v" and answer["problem"]
    assert words in answer["text"]
    assert panel.error == ""
    assert panel.rows == []


async def test_rows_are_searched_in_the_kernel():
    panel = Recorded(KernelLoop.here(), traces=[opened("Ana"), opened("Budi")])
    panel._handle_custom_msg({"kind": "search", "view": "v", "text": "switching"}, [])
    rows = [[1, 2], [2, 2]]
    assert panel.sent == [{"kind": "found", "view": "v", "text": "switching", "rows": rows}]


async def test_a_view_that_draws_a_picture_is_told_when_rows_were_written_and_read():
    trace = opened()
    trace.timed("wrote", "client", 0, time=9.5)
    trace.timed("read", "client", len(REQUEST), time=10.25)
    panel = Recorded(KernelLoop.here(), traces=[trace])
    rows = [[1, 1], [1, 2], [7, 1]]
    panel._handle_custom_msg({"kind": "times", "view": "v", "rows": rows}, [])
    assert panel.sent[-1]["times"] == {"1:1": (-500.0, 250.0), "1:2": (None, None)}


async def test_nothing_to_save_is_told():
    answer = Recorded(KernelLoop.here()).keep("json")
    assert answer["problem"] and "let a client connect first" in answer["text"]


async def test_show_wire_shows_traces_without_a_lab():
    panel = show_wire(opened("Ana"), opened("Budi"))
    assert [connection["name"] for connection in panel.connections] == ["Ana", "Budi"]
    assert len(panel.rows) == 4


async def test_show_wire_says_what_to_write_for_a_list():
    with pytest.raises(TypeError, match=r"show_wire\(\*traces\)"):
        show_wire([opened()])


def test_show_wire_loads_no_patch_of_asyncio():
    code = """import asyncio, sys, chatlib
async def main():
    chatlib.show_wire(chatlib.Trace())
asyncio.run(main())
assert "chatlib.panels.wire_panel" in sys.modules
print([name for name in sys.modules if "nest_asyncio" in name])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


async def test_a_tap_is_watched_until_the_panel_stops():
    async with Wire() as wire:
        panel = WirePanel(wire.loop, wire.tap)
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", wire.tap.port)
            writer.write(REQUEST)
            await reader.readexactly(len(RESPONSE))
        panel.flush()
        assert [row["name"] for row in panel.rows] == ["request", "101 response"]
        assert [connection["state"] for connection in panel.connections] == ["open"]
        assert panel.mode == "live"
        panel.stop()
        panel.stop()
        assert panel.mode == "stopped"
        writer.close()
        async with asyncio.timeout(5):
            await wire.tap.idle()
        assert [row["name"] for row in panel.rows] == ["request", "101 response"]


async def test_a_panel_shown_late_shows_what_the_tap_recorded_before():
    async with Wire() as wire:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", wire.tap.port)
            writer.write(REQUEST)
            await reader.readexactly(len(RESPONSE))
            writer.close()
            await wire.tap.idle()
        panel = WirePanel(wire.loop, wire.tap)
        names = [row["name"] for row in panel.rows]
        assert names[:2] == ["request", "101 response"]
        assert names.count("end") == 2
        assert panel.connections[0]["state"] == "closed"


class Wire:
    """A tap in front of a server that answers every request head with `RESPONSE`."""

    async def __aenter__(self):
        self.loop = KernelLoop.here()
        self.server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.tap = await WireTap.start(self.server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_):
        await self.tap.stop()
        self.server.close()
        await self.server.wait_closed()
        await self.loop.stop()

    async def answer(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(RESPONSE)
        await reader.read()
        writer.close()


async def test_events_from_another_thread_are_shown_from_the_kernel_loop():
    loop = KernelLoop.here()
    tap = Told()
    panel = Recorded(loop, tap)
    trace = Trace()
    thread = threading.Thread(
        target=lambda: tap.watcher(trace, trace.record("client", REQUEST, time=1.0))
    )
    thread.start()
    thread.join()
    assert panel.rows == []
    sent = asyncio.Event()
    panel.send = lambda *_: sent.set()
    await sent.wait()
    assert [row["name"] for row in panel.rows] == ["request"]
    await loop.stop()


class Told:
    """Something that is watched like a tap."""

    traces = ()

    def watch(self, watcher, *, on_error):
        self.watcher, self.on_error = watcher, on_error
        return lambda: None


async def test_an_error_while_showing_is_shown_in_the_panel():
    tap = Told()
    panel = Recorded(KernelLoop.here(), tap)
    tap.watcher(Trace(), [None])
    panel.flush()
    assert panel.error.startswith("AttributeError in this panel")


async def test_only_new_rows_are_sent_and_the_oldest_are_forgotten():
    loop = KernelLoop.here()
    tap = Told()
    panel = Recorded(loop, tap, cap=10)
    trace = opened()
    tap.watcher(trace, trace.events)
    for number in range(20):
        payload = str(number).encode()
        tap.watcher(trace, trace.record("server", Frame(1, payload).encode(), time=11.0))
    panel.flush()
    assert len(panel.rows) == 10
    assert [row["preview"] for row in panel.rows] == [str(number) for number in range(10, 20)]
    assert {message["kind"] for message in panel.sent} == {"rows"}
    assert sum(len(message["rows"]) for message in panel.sent) <= 22
    await loop.stop()


async def test_what_passes_does_not_wait_for_the_drawing_which_comes_by_itself():
    loop, tap, trace = KernelLoop.here(), Told(), Trace()
    panel = Recorded(loop, tap)
    sent = asyncio.Event()
    panel.send = lambda *_: sent.set()
    tap.watcher(trace, trace.record("client", REQUEST, time=1.0))
    tap.watcher(trace, trace.record("server", RESPONSE, time=1.1))
    assert panel.rows == []
    async with asyncio.timeout(5):
        await sent.wait()
    assert [row["name"] for row in panel.rows] == ["request", "101 response"]
    tap.watcher(trace, trace.end("client", "fin", time=1.2))
    assert "TCP FIN" in panel._repr_mimebundle_()[0]["text/plain"]
    await loop.stop()


async def test_a_burst_is_sent_as_one_message():
    loop, tap, trace = KernelLoop.here(), Told(), opened()
    panel = Recorded(loop, tap)
    for event in trace.record("server", Frame(1, b"x").encode() * 3000, time=11.0):
        tap.watcher(trace, [event])
    panel.flush()
    assert [len(message["rows"]) for message in panel.sent] == [3000]
    await loop.stop()


async def test_connections_are_sent_again_only_when_a_state_changes():
    tap, changes = Told(), []
    loop = KernelLoop.here()
    panel = Recorded(loop, tap)
    panel.observe(lambda change: changes.append(change["new"][0]["state"]), "connections")
    trace = Trace()
    for sender, data in [
        ("client", REQUEST),
        ("server", RESPONSE),
        ("server", Frame(1, b"a").encode()),
        ("server", Frame(8, b"\x03\xe8").encode()),
        ("client", Frame(8, b"\x03\xe8", masking_key=KEY).encode()),
    ]:
        tap.watcher(trace, trace.record(sender, data, time=1.0))
        panel.flush()
    tap.watcher(trace, trace.end("server", "fin", time=1.1))
    tap.watcher(trace, trace.end("client", "fin", time=1.2))
    panel.flush()
    assert changes == ["connecting", "open", "closing", "closed"]
    await loop.stop()


async def test_readers_without_a_kernel_get_an_escaped_table():
    trace = opened()
    trace.record("server", Frame(1, b"<img src=x onerror=alert(1)>").encode(), time=10.5)
    data, _ = WirePanel(KernelLoop.here(), traces=[trace])._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "&lt;img src=x onerror=alert(1)&gt;" in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "server → client" in data["text/plain"]


async def test_an_empty_panel_says_so_without_a_kernel():
    data, _ = WirePanel(KernelLoop.here())._repr_mimebundle_()
    assert data["text/plain"] == "Nothing was on the wire yet."
    assert data["text/html"] == "<p>Nothing was on the wire yet.</p>"


def test_the_picture_has_the_states_in_order():
    assert state_picture()["states"] == ["connecting", "open", "closing", "closed"]


def test_the_picture_has_every_way_of_the_table_and_no_other():
    ways = state_picture()["ways"]
    assert len(ways) == len(TRANSITIONS)
    assert {(way["from"], way["signal"]): way["to"] for way in ways} == TRANSITIONS


def test_every_way_says_what_its_signal_is():
    assert all(len(way["words"]) > 20 for way in state_picture()["ways"])
