"""A log that grows: what travels to the browser, and when."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from chatlib.kernel.loop import KernelLoop
from chatlib.panels.chat_panel import ChatPanel
from chatlib.panels.rows_panel import RowsPanel


class AnyRows(RowsPanel):
    """Only rows; the browser's part of it is another panel's."""

    SCRIPT, STYLE = ChatPanel.SCRIPT, ChatPanel.STYLE


@asynccontextmanager
async def rows_panel(**traits):
    """Yield a panel, and the list of what it sends besides its state."""
    loop = KernelLoop.here()
    panel = AnyRows(loop, **traits)
    sent: list[dict] = []
    panel.send = lambda content, buffers=None: sent.append(content)
    try:
        yield panel, sent
    finally:
        await loop.stop()
        panel.close()


def updates(panel):
    """Return the list that the panel's state updates will be added to."""
    states: list[dict] = []
    panel._send = lambda message, buffers=None: states.append(message["state"])
    return states


async def quiet(panel):
    """Wait until the panel no longer collects rows."""
    async with asyncio.timeout(5):
        while panel._window is not None:
            turned = asyncio.Event()
            panel._kernel_loop.call_later(0.016, turned.set)
            await turned.wait()


def from_browser(panel, message):
    panel._handle_custom_msg(message, [])


async def test_first_row_goes_at_once_and_the_next_ones_together():
    async with rows_panel() as (panel, sent):
        for row in range(5):
            panel.add_row([row])
        assert sent == [{"kind": "rows", "first": 0, "rows": [[0]]}]
        await quiet(panel)
        assert sent[1:] == [{"kind": "rows", "first": 1, "rows": [[1], [2], [3], [4]]}]


async def test_after_quiet_a_row_goes_at_once_again():
    async with rows_panel() as (panel, sent):
        panel.add_row("a")
        await quiet(panel)
        panel.add_row("b")
        assert [message["rows"] for message in sent] == [["a"], ["b"]]


async def test_rows_beyond_the_cap_are_dropped_and_counted():
    async with rows_panel(cap=3) as (panel, sent):
        for row in range(10):
            panel.add_row(row)
        panel.flush()
        assert (panel.rows, panel.dropped) == ([7, 8, 9], 7)
        assert sent[-1] == {"kind": "rows", "first": 7, "rows": [7, 8, 9]}


async def test_nothing_is_sent_twice_and_an_empty_flush_sends_nothing():
    async with rows_panel() as (panel, sent):
        panel.add_row("a")
        panel.flush()
        panel.flush()
        assert len(sent) == 1


async def test_rows_and_drops_cause_no_state_updates():
    async with rows_panel(cap=2) as (panel, _):
        states = updates(panel)
        for row in range(10):
            panel.add_row(row)
        panel.flush()
        assert states == []


async def test_a_browser_that_opens_gets_rows_and_drops_that_belong_together():
    async with rows_panel(cap=2) as (panel, _):
        for row in range(10):
            panel.add_row(row)
        panel.flush()
        state = panel.get_state()
        assert (state["rows"], state["dropped"], state["cap"]) == ([8, 9], 8, 2)


async def test_a_browser_that_missed_something_gets_everything():
    async with rows_panel() as (panel, _):
        panel.add_row("a")
        states = updates(panel)
        from_browser(panel, {"kind": "rows"})
        assert states == [{"rows": ["a"], "dropped": 0}]


async def test_other_rows_replace_the_kept_ones_in_one_update():
    async with rows_panel(cap=2) as (panel, sent):
        panel.add_row("a")
        panel.add_row("b")
        states = updates(panel)
        panel.replace_rows([1, 2, 3])
        assert states == [{"rows": [2, 3], "dropped": 1}]
        panel.flush()
        assert len(sent) == 1


async def test_a_message_of_the_browser_is_taken_on_the_kernels_loop():
    async with rows_panel() as (panel, _):
        taken: asyncio.Queue = asyncio.Queue()

        def take(message):
            taken.put_nowait((message, asyncio.get_running_loop()))

        panel.on_front_end("press", take)
        # ipykernel 7.1 to 7.3: another thread, with a loop of its own.
        await asyncio.to_thread(asyncio.run, press(panel))
        async with asyncio.timeout(5):
            message, loop = await taken.get()
        assert (message, loop) == ({"kind": "press"}, asyncio.get_running_loop())


async def press(panel):
    from_browser(panel, {"kind": "press"})


@pytest.mark.parametrize(
    ("message", "words"),
    [({"kind": "dance"}, "unknown kind 'dance'"), ({}, "unknown kind None")],
)
async def test_a_message_that_cannot_be_understood_is_shown(message, words):
    async with rows_panel() as (panel, _):
        from_browser(panel, message)
        assert words in panel.error


async def test_an_error_of_a_handler_is_shown_with_what_to_do():
    async with rows_panel() as (panel, _):
        panel.on_front_end("press", lambda message: message["missing"])
        from_browser(panel, {"kind": "press"})
        assert panel.error.startswith("KeyError in this panel: 'missing'.")
        assert "Run this cell again" in panel.error
