"""The frame around the page; a browser tests what `page.js` does."""

import asyncio

from chatlib.kernel.loop import KernelLoop
from chatlib.panels.page_frame import PageFrame


def frame(allowed: list[str], **traits: object) -> PageFrame:
    return PageFrame(
        KernelLoop.here(), allow_origin=allowed.append, port=8000, probe_port=8001, **traits
    )


async def test_its_address_says_who_joins_what():
    shown = frame([], name="Ana & Budi", room="quiet", server_port=9001)
    assert shown.address == "http://127.0.0.1:8000/?name=Ana+%26+Budi&room=quiet&port=9001"
    assert repr(frame([], room="")) == "<PageFrame http://127.0.0.1:8000/>"


async def test_without_a_kernel_it_is_a_link():
    data, _ = frame([], name='"><b>', room="")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    address = "http://127.0.0.1:8000/?name=%22%3E%3Cb%3E"
    assert f'<a href="{address}">{address}</a>' in data["text/html"]
    assert address in data["text/plain"]


async def test_the_browser_names_the_origin_of_the_notebook():
    allowed: list[str] = []
    shown = frame(allowed)
    shown._handle_custom_msg({"origin": "https://hub.example"}, [])
    assert allowed == [shown.allowed] == ["https://hub.example"]


async def test_its_own_error_is_shown():
    shown = frame([])
    shown._handle_custom_msg({"unexpected": True}, [])
    assert shown.error.startswith("KeyError in this panel: 'origin'. Run this cell again")


async def test_stopping_empties_it():
    shown = frame([])
    shown.stop()
    shown.stop()
    assert shown.stopped
    assert repr(shown).endswith(": stopped>")
    await asyncio.sleep(0)
