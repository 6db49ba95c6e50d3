"""The learner's page of the WebRTC notebook in Chromium, right and wrong."""

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chatlib.chapters.webrtc import peer_page
from chatlib.chapters.webrtc.peer_page import check_peer_page
from chatlib.driving import driven_page
from chatlib.questions.report import Report
from tests.chapters.your_own_chat.wrong_programs import Wrong, edited, hold

pytestmark = pytest.mark.browser

# The findings of a page that is right: it opens, and five cases, twice.
FINDINGS = 12
WRONG: list[Wrong] = [
    ({"const peer = new": "const url = new"}, ["it opens", "Uncaught Synt"]),
    (
        {'    use(peer.createDataChannel("chat"));\n': ""},
        ["it calls: ", "There is no data channel in the offer of the page."],
    ),
    (
        {"    tell(peer.localDescription);\n  });": "  });"},
        ["it calls: Somebody pressed Call.", "sent nothing"],
    ),
    (
        {"await peer.setRemoteDescription(message);": ""},
        ["the channel opens: Your page called, and got an answer. The channel did not open"],
    ),
    ({'"open", ()': '"opened", ()'}, ["the channel opens: The channel is open. ", "“state”"]),
    ({"show(event.data)": "show(event)"}, ["it shows what comes: “Halo!” has come over the ch"]),
    ({"channel.send(text)": "server.send(text)"}, ["it sends", "Nothing came over the channel"]),
    (
        {'message.type === "offer"': "false"},
        ["it answers a call: An offer has come. ", "sent nothing"],
    ),
    ({'"datachannel"': '"channel"'}, ["the channel opens", "who calls use()"]),
]


def test_each_page_is_told_what_is_wrong(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 3.0)
    monkeypatch.setattr(peer_page, "OPENS_WITHIN", 4.0)
    edits = [{}, *(each for each, _ in WRONG)]
    files = [edited(tmp_path / str(n), "peer.html", each) for n, each in enumerate(edits)]
    ports: queue.Queue[int] = queue.Queue()

    def show(port: int) -> Callable[[], object]:
        ports.put(port)
        return object

    async def check_all() -> list[Report]:
        return await asyncio.gather(*(check_peer_page(str(file), show) for file in files))

    context = browser.new_context()
    with ThreadPoolExecutor(1) as pool:
        reports = pool.submit(asyncio.run, check_all())
        while not reports.done():
            try:
                port = ports.get(timeout=0.5)
            except queue.Empty:
                continue
            context.new_page().goto(f"http://127.0.0.1:{port}/")
        right, *wrong = reports.result()
    context.close()
    hold(right, FINDINGS, wrong, WRONG)
