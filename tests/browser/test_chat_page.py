"""The learner's page in Chromium, right and wrong, and what is said of each."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chatlib.chapters.your_own_chat.chat_page import CHAT, TEXT
from chatlib.driving import driven_page
from tests.chapters.your_own_chat.wrong_programs import Wrong, edited, hold_pages_rejected

pytestmark = pytest.mark.browser

WRONG_TEXT: list[Wrong] = [
    ({"const socket": "const url"}, ["opened no WebSocket at /ws. The page reports Uncaught Synt"]),
    ({'new URL("ws"': 'new URL("chat"'}, ["it opens: The page opened no WebSocket at /ws."]),
    ({'"open"': '"opened"'}, ["open: ", "“state” should say “open”, and says “no connection yet”"]),
    ({"show(event.data)": "show(event)"}, ["it shows what comes: ", "says [object MessageEvent]"]),
    (
        {"line.textContent = text": "line.innerHTML = text"},
        [
            "it shows what comes: Your server sent “<b>Budi</b>”.",
            "Use textContent, never innerHTML",
        ],
    ),
    (
        {"event.preventDefault();": ""},
        ["it sends", "The browser loads the page again"],
    ),
    ({'text === "" || ': ""}, ["it sends what is typed: An empty field was sent", "sent “”"]),
    (
        {'    find("text").value = "";\n': ""},
        ["the field should be empty; it holds “Selamat pagi”"],
    ),
    ({"${event.code} ${event.reason}": ""}, ["closed: ", "should say “4321”, and says “closed"]),
    (
        {" || socket.readyState !== WebSocket.OPEN": ""},
        ["closed: The connection is closed, and somebody pressed Send. The text is gone"],
    ),
]
WRONG_CHAT: list[Wrong] = [
    (
        {"JSON.parse(event.data)": "event.data"},
        ["it shows what comes: Your server sent {", "“Agus”"],
    ),
    ({"`${name}: ${text}`": "text"}, ["it shows what comes: ", "should say “Budi”"]),
    ({'type === "error"': 'type === "oops"'}, ["it shows what comes: ", "“That was no JSON.”"]),
    ({'type: "join", name': 'type: "hello", name'}, ["it sends", '"type" is "hello", not "join"']),
    ({'      find("name").readOnly = true;\n': ""}, ["it sends what is typed: ", 'not "say"']),
    ({'JSON.stringify({ type: "say", text })': "text"}, ["it sends", "This is not JSON: send"]),
]


def test_each_page_is_told_what_is_wrong(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 2.5)
    hold_pages_rejected(browser, tmp_path / "text", "index.html", TEXT, WRONG_TEXT)
    hold_pages_rejected(browser, tmp_path / "chat", "chat.html", CHAT, WRONG_CHAT)


def test_other_forms_of_a_page_are_right(browser: Browser, tmp_path: Path):
    click = {
        'find("form").addEventListener("submit"': (
            'find("form").querySelector("button").addEventListener("click"'
        )
    }
    bold = {
        "line.textContent = text;": (
            'const name = document.createElement("b"); name.textContent = text; line.append(name);'
        )
    }
    for name, cases in (("index.html", TEXT), ("chat.html", CHAT)):
        for number, edits in enumerate((click, bold)):
            page = edited(tmp_path / f"{name}{number}", name, edits)
            hold_pages_rejected(browser, tmp_path, name, cases, [], right=page)
