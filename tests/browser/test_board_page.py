"""Pages of the drawing board in Chromium, right and wrong, and what is said of each."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chatlib.chapters.your_own_chat.board_page import CASES
from chatlib.driving import driven_page
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_pages_rejected

pytestmark = pytest.mark.browser

WRONG: list[Wrong] = [
    (
        {"const pen = ": "const pen = = "},
        [
            "opened no WebSocket at /ws. The page reports Uncaught SyntaxError: ",
            ", in line 2",
        ],
    ),
    (
        {'<canvas id="board"': '<canvas id="bord"'},
        ["opened no WebSocket at /ws. The page reports Uncaught TypeError: Cannot read properties"],
    ),
    ({'new URL("ws"': 'new URL("socket"'}, ["it opens: The page opened no WebSocket at /ws."]),
    (
        {'    socket.binaryType = "arraybuffer";\n': ""},
        [
            "it draws what comes: A red line from (100, 400) to (300, 500) has come. The pixel at",
            "The page reports Uncaught TypeError: First argument to DataView constructor must be",
            'Look at binaryType = "arraybuffer"',
        ],
    ),
    (
        {"bytes.getUint16(i)": "bytes.getUint16(i, true)"},
        [
            "it draws what comes: ",
            "The pixel at (200, 450) has the colour [0, 0, 0], and should be",
        ],
    ),
    (
        {"if (bytes.getUint8(0) === 2) wipe();": "if (bytes.getUint8(0) === 3) wipe();"},
        ["it draws what comes: A line came, and then a clear. The pixel at (200, 450) has the col"],
    ),
    (
        {"bytes.setUint16(4 + 2 * i, value)": "bytes.setUint16(4 + 2 * i, value, true)"},
        [
            "it sends what is drawn: ",
            "The first line begins at (12800, 15360), and not at (50, 60)",
        ],
    ),
    (
        {"socket.send(bytes)": "socket.send(JSON.stringify(bytes))"},
        [
            "it sends what is drawn: ",
            "The page sent {}, which is text. Send the DataView or its bu",
        ],
    ),
    ({"      draw(bytes);\n": ""}, ["it sends what is drawn: ", "Draw your own lines as well"]),
    (
        {"window.onpointerup = () => { last = null; }": "window.onpointerup = () => {}"},
        ["clear: The pen moved without being down, and then Clear was pressed. The page should"],
    ),
]


def test_each_page_is_told_what_is_wrong(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 2.5)
    hold_pages_rejected(browser, tmp_path, "board.html", CASES, WRONG)
