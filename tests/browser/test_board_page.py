"""Pages of the drawing board in Chromium, right and wrong, and what is said of each."""

import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chatlib.chapters.your_own_chat import driven_page
from chatlib.chapters.your_own_chat.board_page import CASES
from chatlib.chapters.your_own_chat.driven_page import check_page
from chatlib.questions.report import Report
from tests.chapters.your_own_chat.wrong_programs import Wrong, edited

pytestmark = pytest.mark.browser

RIGHT: Wrong = ({}, [])
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
    files = [
        edited(tmp_path / str(number), "board.html", edits)
        for number, (edits, _) in enumerate([RIGHT, *WRONG])
    ]
    ports: queue.Queue[int] = queue.Queue()

    def show(port: int) -> type[object]:
        ports.put(port)
        return object

    async def check_all() -> list[Report]:
        return await asyncio.gather(*(check_page(file, CASES, show) for file in files))

    context = browser.new_context()
    # The page that runs this test has an event loop of its own.
    with ThreadPoolExecutor(1) as pool:
        reports = pool.submit(asyncio.run, check_all())
        for _ in files:
            context.new_page().goto(f"http://127.0.0.1:{ports.get(timeout=60)}/")
        right, *wrong = reports.result(timeout=60)
    context.close()
    assert right.passed and len(right.findings) == 4, str(right)
    for (edits, parts), report in zip(WRONG, wrong, strict=True):
        last = report.findings[-1]
        said = f"{last.name}: {last.feedback}"
        assert not last.right and [part for part in parts if part not in said] == [], (edits, said)
