"""The learner's page of the WebRTC notebook in Chromium, right and wrong."""

import asyncio
import queue
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from chatlib.chapters.webrtc import peer_page
from chatlib.chapters.webrtc.peer_page import check_peer_page
from chatlib.driving import driven_page
from chatlib.questions.report import Report
from tests.browser.conftest import Open
from tests.chapters.your_own_chat.wrong_programs import SOLUTIONS, Wrong, edited, hold
from tools.jupyterlab import JupyterLab

pytestmark = pytest.mark.browser

# The findings of a page that is right: it opens, and six cases, twice.
FINDINGS = 14
TELL = "    tell(peer.localDescription);\n  });"
WRONG: list[Wrong] = [
    ({"const peer = new": "const url = new"}, ["it opens", "Uncaught Synt"]),
    (
        {'    use(peer.createDataChannel("chat"));\n': ""},
        ["it calls: ", "There is no data channel in the offer of the page."],
    ),
    (
        {TELL: '    tell({ type: "offer", sdp: "m=application" });\n  });'},
        ["it calls: Somebody pressed Call. The offer of the page cannot be used: "],
    ),
    (
        {TELL: "  });"},
        ["it calls: Somebody pressed Call.", "sent nothing"],
    ),
    (
        {"await peer.setRemoteDescription(message);": ""},
        ["the channel opens: Your page called, and got an answer. The channel did not open"],
    ),
    ({'"open", ()': '"opened", ()'}, ["the channel opens: The channel is open. ", "“state”"]),
    (
        {"if (event.candidate) tell": "if (false) tell"},
        ["it tells its addresses: The channel is open. ", "sent nothing", "TODO 3", "two browsers"],
    ),
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


def test_two_tabs_find_each_other_and_talk_on_without_the_server(
    open_notebook: Open, lab: JupyterLab
):
    mine = lab.course / "notebooks" / "my_chat" / "peer.html"
    mine.parent.mkdir(exist_ok=True)
    shutil.copy(SOLUTIONS / "peer.html", mine)
    try:
        notebook = open_notebook("11_webrtc.ipynb")
        notebook.run_until("tabs = await lab.serve")
        address = notebook.outputs.filter(has_text="in two tabs").locator("a").inner_text()
        first, second = (notebook.page.context.new_page() for _ in range(2))
        for tab in (first, second):
            tab.goto(address)
        first.get_by_role("button", name="Call").click()
        for tab in (first, second):
            expect(tab.locator("#state")).to_have_text("open")
        say(first, second, "Halo")
        notebook.start_new_cell("await tabs.stop()\n'the server is gone'")
        expect(notebook.outputs.get_by_text("the server is gone")).to_be_visible()
        say(second, first, "Are you still there?")
        assert notebook.errors() == []
        # The check has driven the same page in a frame of the notebook.
        assert notebook.outputs.filter(has_text="it answers a call").count() == 1
    finally:
        shutil.rmtree(mine.parent)


def say(sender: Page, receiver: Page, text: str) -> None:
    sender.get_by_label("Message").fill(text)
    sender.get_by_role("button", name="Send").click()
    expect(receiver.locator("#log")).to_contain_text(text)
