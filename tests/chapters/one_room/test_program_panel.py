"""The program panel: a program starts, says where it listens, is typed into, and ends."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from chatlib.chapters.one_room.program_panel import Launch, ProgramPanel
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import CannotStart, OnLine, Program
from chatlib.kernel.tap import WireTap

UPPER = "import sys\nfor line in sys.stdin: print(line.strip().upper())"
SERVER = "print('listening on ws://127.0.0.1:9'); input()"
MARKUP = "<img src=x onerror=alert(1)>"


class Panels:
    """Makes panels, and stops them at the end of a test."""

    def __init__(self) -> None:
        self.loop = KernelLoop.here()
        self.made: list[ProgramPanel] = []
        self.taps: list[WireTap] = []

    def python(self, code: str, *, typing: bool = False) -> ProgramPanel:
        async def launch(on_line: OnLine) -> Program:
            return Program.start(self.loop, (sys.executable, "-c", code), on_line=on_line)

        return self.panel(launch, typing=typing)

    def panel(self, launch: Launch, *, typing: bool = False) -> ProgramPanel:
        self.made.append(ProgramPanel(self.loop, launch, self.relay, title="it", typing=typing))
        return self.made[-1]

    async def relay(self, port: int) -> WireTap:
        self.taps.append(await WireTap.start(port))
        return self.taps[-1]


@pytest.fixture
async def panels() -> AsyncIterator[Panels]:
    async with asyncio.timeout(60):
        made = Panels()
        yield made
        for panel in made.made:
            await panel.stop()
        for tap in made.taps:
            await tap.stop()
        await made.loop.stop()


async def test_a_program_to_type_into(panels: Panels):
    panel = panels.python("print('hello')\n" + UPPER, typing=True)
    assert panel.state == "starting"
    assert await panel.ready()
    panel._from_front_end(panel, {"kind": "line", "line": "halo"}, [])
    assert await panel.printed("HALO") == "HALO"
    assert panel.text == "hello\n> halo\nHALO"
    with pytest.raises(LookupError, match="has not said where it listens"):
        _ = panel.url
    await panel.stop()
    assert (panel.state, panel.status) == ("ended", "ended (code 0)")
    assert repr(panel) == "<ProgramPanel 'it': ended (code 0)>"


async def test_a_server_runs_when_it_says_where_it_listens(panels: Panels):
    panel = panels.python("print('first a greeting');" + SERVER)
    assert await panel.ready()
    assert panel.tap is panels.taps[0]
    assert panel.direct_url == "ws://127.0.0.1:9"
    assert (panel.url, panel.traces) == (panel.tap.url, [])
    with pytest.raises(LookupError, match="Nobody has connected yet"):
        _ = panel.trace


async def test_nothing_is_tapped_that_a_program_to_type_into_names(panels: Panels):
    """It may be what somebody else in the chat has said."""
    panel = panels.python(SERVER, typing=True)
    assert await panel.ready()
    assert panel.text == "listening on ws://127.0.0.1:9"
    assert panels.taps == []
    with pytest.raises(LookupError, match="has not said where it listens"):
        _ = panel.url


async def test_a_server_that_ends_at_once_is_not_ready(panels: Panels):
    panel = panels.python("exit('a mistake')")
    assert not await panel.ready()
    assert await panel.ended() == 1
    assert panel.why_not == "It has ended with code 1."
    assert panel.text == "a mistake"
    with pytest.raises(LookupError, match="ended with code 1"):
        _ = panel.tap
    with pytest.raises(ConnectionError, match="did not write 'more'"):
        await panel.printed("more")
    with pytest.raises(ConnectionError, match="ended with code 1"):
        await panel.write("more")


@pytest.mark.parametrize("typing", [True, False])
async def test_one_that_says_nothing_is_not_waited_for_without_end(panels: Panels, typing: bool):
    panel = panels.python(f"input(); {SERVER}", typing=typing)
    assert not await panel.ready(within=0.1)
    words = "anything" if typing else "where it listens"
    assert f"It has not said {words} for 0.1 seconds, and it still runs." in panel.text
    assert panel.why_not in panel.text
    while panel._program is None:
        await asyncio.sleep(0)
    await panel._program.write("go on")
    assert await panel.ready()
    assert panel.why_not == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
async def test_a_program_that_a_signal_ended_says_which(panels: Panels):
    panel = panels.python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert await panel.ended() == -signal.SIGKILL
    assert panel.status == "ended by signal 9 (SIGKILL)"
    assert panel.why_not == "It was ended by signal 9 (SIGKILL)."
    unnamed = panels.python("import os; os.kill(os.getpid(), 36)")
    assert await unnamed.ended() == -36
    assert unnamed.status == "ended by signal 36"


async def test_what_cannot_start_says_why(panels: Panels):
    async def launch(on_line: OnLine) -> Program:
        on_line("looking …")
        raise CannotStart("It is not here. Install it.")

    panel = panels.panel(launch)
    assert not await panel.ready()
    assert await panel.ended() is None
    assert panel.status == "not started"
    assert panel.text == "looking …\n· It is not here. Install it."
    with pytest.raises(LookupError, match="Install it"):
        _ = panel.url


async def test_typing_into_what_has_ended_is_answered_in_the_panel(panels: Panels):
    panel = panels.python("print('bye')", typing=True)
    await panel.ended()
    panel._from_front_end(panel, {"kind": "line", "line": "more"}, [])
    async with asyncio.timeout(30):
        await panel._news.until(lambda: "Not typed" in panel.text)
    assert panel.error == ""


async def test_stop_gives_up_what_is_still_starting(panels: Panels):
    began = asyncio.Event()

    async def launch(on_line: OnLine) -> Program:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    at_once, later = panels.panel(launch), panels.panel(launch)
    await at_once.stop()
    await began.wait()
    await later.stop()
    assert at_once.status == later.status == "not started"


async def test_an_error_of_ours_is_shown(panels: Panels):
    async def launch(on_line: OnLine) -> Program:
        raise ZeroDivisionError("a mistake of ours")

    panel = panels.panel(launch)
    assert not await panel.ready()
    while not panel.error:
        await asyncio.sleep(0)
    assert "a mistake of ours" in panel.error


async def test_what_a_program_writes_is_escaped(panels: Panels):
    panel = panels.python(f"print({MARKUP!r})", typing=True)
    await panel.ended()
    data, _ = panel._repr_mimebundle_()
    assert MARKUP in data["text/plain"]
    assert MARKUP not in data["text/html"]
    assert "&lt;img" in data["text/html"]


async def test_what_would_move_the_cursor_of_a_terminal_is_left_out(panels: Panels):
    panel = panels.python(r"print('\x1b7\x1b[2Aone\x07\ttwo\x1b[0m\x1b8')", typing=True)
    await panel.ended()
    assert panel.text == "one\ttwo"
