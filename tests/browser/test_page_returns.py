"""The chat's page in Chromium: it comes back, and it talks to every server of the notebook."""

import asyncio
import contextlib
import os
import queue
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from chatlib.chapters.your_own_chat.nginx import Nginx
from chatlib.chapters.your_own_chat.node_server import node_command
from chatlib.chapters.your_own_chat.page_returns import CASES, check_page_returns
from chatlib.driving import driven_page
from chatlib.driving.learner_program import LearnerProgram
from chatlib.kernel.program import CannotStart
from chatlib.questions.report import Report
from tools.navigation import NOTEBOOKS

pytestmark = pytest.mark.browser

FILES = NOTEBOOKS / "your_own_chat"
PAGE = (FILES / "take_home" / "index.html").read_text(encoding="utf-8")
# What is replaced in the worked page, by what, and what is said of it.
WRONG = {
    "no way back": ("setTimeout(connect, wait)", "// setTimeout", "opened no new WebSocket"),
    "no join": ("if (me) join();", "", "send the join"),
    "no id": ('{ type: "say", id, text', '{ type: "say", text', "Give each say an id"),
    "nothing kept": ("unsent.forEach(send);", "", "what was typed meanwhile arrives"),
    "forgotten when sent": (
        "unsent.forEach(send);",
        "unsent.forEach(send); unsent.clear();",
        "what was lost is sent again",
    ),
    "never forgotten": ("unsent.delete(message.id);", "", "sent “one”, and not “two”"),
    "counted anew when open": ("socket = connection;", "socket = connection; attempt = 0;", "grow"),
    "never counted": ("attempt += 1;", "attempt = 1;", "Its waits must grow"),
    "seconds": ("Math.min(30_000, 500", "Math.min(30_000_000, 50_000", "That is too long"),
    "no jitter": ("Math.random() *", "1 *", "that is a stampede"),
    "a mistake": (
        "socket = null;\n        attempt",
        "socket = nul;\n        attempt",
        "nul is not",
    ),
}


def test_each_page_is_told_what_is_wrong(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 2.5)
    files = {name: tmp_path / name / "my_chat" / "index.html" for name in ("worked", *WRONG)}
    for name, file in files.items():
        old, new, _ = WRONG.get(name, ("\n", "\n", ""))
        assert name == "worked" or PAGE.count(old) == 1, name
        file.parent.mkdir(parents=True)
        file.write_text(PAGE.replace(old, new), encoding="utf-8")
    ports: queue.Queue[int] = queue.Queue()

    def show(port: int) -> type[object]:
        ports.put(port)
        return object

    async def check_all() -> list[Report]:
        return await asyncio.gather(*(check_page_returns(file, show) for file in files.values()))

    context = browser.new_context()
    # The page that runs this test has an event loop of its own.
    with ThreadPoolExecutor(1) as pool:
        reports = pool.submit(asyncio.run, check_all())
        for _ in files:
            context.new_page().goto(f"http://127.0.0.1:{ports.get(timeout=60)}/")
        right, *wrong = reports.result(timeout=60)
    context.close()
    assert right.passed and len(right.findings) == len(CASES) + 1, str(right)
    for (name, (_, _, words)), report in zip(WRONG.items(), wrong, strict=True):
        last = report.findings[-1]
        assert not last.right and words in f"{last.name}: {last.feedback}", f"{name}:\n{report}"


@contextlib.asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[dict[str, int]]:
    """Run each server that gives the page, and nginx before the one in Python."""
    python = LearnerProgram(folder / "server.py")
    running: dict[str, LearnerProgram | Nginx] = {"Python": python}
    with contextlib.suppress(CannotStart):
        command = await node_command(folder)
        running["Node.js"] = LearnerProgram(folder / "server.mjs", command=command)
    with contextlib.suppress(CannotStart):
        running["nginx"] = Nginx(FILES / "solution" / "nginx.conf", to=python.port)
        os.environ["ORIGINS"] = f"http://127.0.0.1:{running['nginx'].port}"
    async with contextlib.AsyncExitStack() as stack:
        for each in running.values():
            await stack.enter_async_context(each)
        yield {name: each.port for name, each in running.items()}


def chats(page: Page, name: str, said: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Message").fill(said)
    page.get_by_role("button", name="Send").click()


def test_two_tabs_chat_through_each_server(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ORIGINS", "")
    (tmp_path / "node").symlink_to(NOTEBOOKS / "node", target_is_directory=True)
    folder = tmp_path / "my_chat"
    folder.mkdir()
    for file in (*(FILES / "take_home").iterdir(), FILES / "solution" / "server.mjs"):
        (folder / file.name).write_bytes(file.read_bytes())
    ports: queue.Queue[dict[str, int]] = queue.Queue()
    done = asyncio.Event()

    async def run() -> None:
        async with servers(folder) as running:
            loops.put(asyncio.get_running_loop())
            ports.put(running)
            await asyncio.wait_for(done.wait(), 60)

    loops: queue.Queue[asyncio.AbstractEventLoop] = queue.Queue()
    context = browser.new_context()
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(asyncio.run, run())
        loop = loops.get(timeout=60)
        try:
            for server, port in ports.get(timeout=60).items():
                ana, budi = context.new_page(), context.new_page()
                for page, name in ((ana, "Ana"), (budi, "Budi")):
                    page.set_default_timeout(10_000)
                    page.goto(f"http://127.0.0.1:{port}/")
                    expect(page.locator("#state"), server).to_have_text("open")
                    chats(page, name, f"<b>{server}</b>")
                expect(ana.locator("#log")).to_contain_text(f"Budi: <b>{server}</b>")
                ana.close()
                expect(budi.locator("#log")).to_contain_text("Ana left")
                budi.close()
        finally:
            loop.call_soon_threadsafe(done.set)
        ended.result(timeout=60)
    context.close()
