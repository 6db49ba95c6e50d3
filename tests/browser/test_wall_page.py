"""The wall in Chromium, right and wrong: what somebody wrote, taken for markup, and stolen from."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chatlib.chapters.harder_scenarios.wall_page import WALL
from chatlib.driving import driven_page
from tests.chapters.your_own_chat.wrong_programs import Wrong, edited, hold_pages_rejected

pytestmark = pytest.mark.browser

RIGHT = "line.textContent = text"
WRONG: list[Wrong] = [
    (
        {RIGHT: "line.innerHTML = text"},
        ["it shows what people write: Somebody wrote “&lt;b&gt; is how one writes <b>”."],
    ),
    (
        {RIGHT: 'text.includes("harmed") ? line.innerHTML = text : line.textContent = text'},
        ["markup stays text", "onerror", "The page ran the program in it. Make an element"],
    ),
    (
        {RIGHT: 'text.startsWith("<b>b") ? line.innerHTML = text : line.textContent = text'},
        ["markup stays text: Somebody wrote “<b>bold</b>”. The page took it for markup."],
    ),
    (
        {RIGHT: 'line.textContent = text.replace(/<(img|script)[^>]*>/gi, "")'},
        ["markup stays text", "should say “<img src"],
    ),
    ({RIGHT: 'line.textContent = text.replaceAll("<", "&lt;")'}, ["“2 < 3 & 5 > 4”"]),
    ({RIGHT: f"if (/<[a-z]/i.test(text)) return; {RIGHT}"}, ["it shows what people write"]),
]


def test_each_page_is_told_what_is_wrong(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 2.5)
    hold_pages_rejected(browser, tmp_path, "wall.html", WALL, WRONG)


def test_a_line_may_be_made_of_several_elements(browser: Browser, tmp_path: Path):
    right = "const words = document.createElement('span'); words.textContent = text;"
    right += " line.append(words)"
    page = edited(tmp_path / "spans", "wall.html", {RIGHT: right})
    wrong = {RIGHT: right.replace("textContent", "innerHTML")}
    says = ["it shows what people write: "]
    hold_pages_rejected(browser, tmp_path, "wall.html", WALL, [(wrong, says)], right=page)
