"""A page that a check drives, without a browser: what is served, and what does not come."""

import asyncio
import json
from pathlib import Path
from urllib.request import urlopen

import pytest
from websockets import connect

from chatlib.driving import driven_page
from chatlib.driving.driven_page import DrivenPage, check_page
from chatlib.driving.learner_program import Mistake

PAGE = "<!doctype html>\n<title>x</title>\n"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DrivenPage:
    monkeypatch.setattr(driven_page, "ANSWERS_WITHIN", 0.5)
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    return DrivenPage(file)


async def test_what_is_served_keeps_its_lines(page: DrivenPage):
    async with page:
        with await asyncio.to_thread(
            urlopen, f"http://127.0.0.1:{page.port}/?theme=dark"
        ) as answer:
            text = answer.read().decode()
            assert answer.headers.get_content_type() == "text/html"
    assert text.startswith("<!doctype html><script>") and text.endswith(
        "</script>\n<title>x</title>\n"
    )
    assert text.count("\n") == PAGE.count("\n")


async def test_it_runs_what_the_check_asks_and_knows_its_errors(page: DrivenPage):
    async with page:
        url = f"ws://127.0.0.1:{page.port}"
        async with connect(f"{url}/probe") as probe, connect(f"{url}/ws") as socket:
            await probe.send("{}")
            await page.opened()
            running = asyncio.create_task(page.run("return at;", at=[1, 2]))
            asked = json.loads(await probe.recv())
            assert asked["run"] == "const at = [1, 2];return at;"
            await probe.send(
                json.dumps({"id": asked["id"], "errors": ["E, in line 3"], "value": 4})
            )
            assert await running == 4
            assert page.trouble() == "The page reports E, in line 3 of page.html."
            running = asyncio.create_task(page.run(""))
            asked = json.loads(await probe.recv())
            await probe.send(json.dumps({"id": asked["id"], "errors": [], "problem": "no canvas"}))
            with pytest.raises(Mistake, match="no canvas"):
                await running
            with pytest.raises(Mistake, match=r"The page does not answer. Does a loop"):
                await page.run("while (true);")
            await socket.send(b"\x02")
            assert await page.recv("a byte") == b"\x02"
            with pytest.raises(
                Mistake, match=r"waited 0.5 seconds for a byte, and the page sent no"
            ):
                await page.recv("a byte")
            await socket.close()
            with pytest.raises(Mistake, match=r"The page has closed its WebSocket."):
                await page.recv("a byte")
            with pytest.raises(Mistake, match=r"The page has closed its WebSocket."):
                await page.send("a byte")
            await probe.close()
            with pytest.raises(Mistake, match=r"The page was left or loaded again."):
                await page.run("")


async def test_without_a_browser_or_a_file_it_says_so(
    page: DrivenPage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driven_page, "OPENS_WITHIN", 0.1)
    closed: list[str] = []
    report = await check_page(page.file, {}, lambda port: lambda: closed.append("closed"))
    assert "No browser opened the page within 0.1 seconds" in str(report)
    assert closed == ["closed"]
    page.file.unlink()
    report = await check_page(page.file, {}, lambda port: print)
    assert "There is no file page.html in the folder" in str(report)
