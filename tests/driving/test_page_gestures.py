"""What a check says of what it finds in a page; a browser runs the scripts in tests/browser."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from websockets import connect

from chatlib.driving.driven_page import DrivenPage
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import holds, submit


async def answered(file: Path, gesture: Any, value: object) -> str:
    """Let a page answer the script of a gesture with a value; return the script."""
    page = DrivenPage(file)
    page.last = "The page was opened. "
    async with page:
        url = f"ws://127.0.0.1:{page.port}"
        async with connect(f"{url}/probe") as probe, connect(f"{url}/ws"):
            await probe.send("{}")
            await page.opened()
            doing: Coroutine[Any, Any, None] = gesture(page)
            running = asyncio.create_task(doing)
            asked = json.loads(await probe.recv())
            await probe.send(json.dumps({"id": asked["id"], "errors": [], "value": value}))
            await running
    return str(asked["run"])


async def test_a_text_is_looked_for_in_an_element(tmp_path: Path):
    def look(page: DrivenPage) -> Coroutine[Any, Any, None]:
        return holds(page, "state", "open")

    script = await answered(tmp_path, look, None)
    assert 'const id = "state";const text = "open";' in script
    with pytest.raises(
        Mistake, match="opened. The element “state” should say “open”, and says “cl"
    ):
        await answered(tmp_path, look, "closed")


async def test_a_form_is_sent_and_the_page_stays(tmp_path: Path):
    def send(page: DrivenPage) -> Coroutine[Any, Any, None]:
        return submit(page, text="Halo")

    for value in (True, None):  # kept where it is; or not sent at all, which is not said here
        assert 'const fields = {"text": "Halo"};' in await answered(tmp_path, send, value)
    with pytest.raises(Mistake, match=r"loads the page again: call event.preventDefault\(\)"):
        await answered(tmp_path, send, False)
