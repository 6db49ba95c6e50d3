"""The chat's page beside the panels of a lab. Programs are tried in `test_clients_and_servers`."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chatlib import Lab
from chatlib.chapters.one_room.participants import show_page
from chatlib.chat.server import ChatServer
from chatlib.kernel.service import QUIET

pytestmark = pytest.mark.usefixtures("nothing_is_left_behind")


async def test_a_page_is_shown_again_and_stopped_with_the_lab():
    async with await Lab.start() as lab, await ChatServer.start(**QUIET) as other:
        first, second = show_page(lab, "Dewi"), show_page(lab, "Dewi")
        assert (first.stopped, second.stopped) == (True, False)
        assert second.address == f"http://127.0.0.1:{lab.tap.port}/?name=Dewi&room=lobby"
        tap = await lab.relay(other.port, name="other")
        elsewhere = show_page(lab, "Dewi", to=tap, room="quiet", height=300, proxy=False)
        assert elsewhere.address.endswith(f"?name=Dewi&room=quiet&port={tap.port}")
        assert not second.stopped
    assert second.stopped and elsewhere.stopped
    with pytest.raises(RuntimeError, match="Run the setup cell again"):
        show_page(lab, "Dewi")


async def test_the_page_of_the_notebooks_own_origin_may_come():
    async with await Lab.start() as lab:
        with pytest.raises(InvalidStatus):
            await connect(lab.url, origin="https://hub.example")
        page = show_page(lab, "Dewi")
        page._handle_custom_msg({"origin": "https://hub.example"}, [])
        async with connect(lab.url, origin="https://hub.example"):
            pass
        with pytest.raises(InvalidStatus):
            await connect(lab.url, origin="https://hub.example.evil.example")
