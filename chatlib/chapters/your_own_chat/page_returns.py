"""A check of a page that comes back: its server goes away, refuses, and dies with a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chatlib.driving.driven_page import (
    DrivenPage,
    PageCase,
    check_page,
    show_frame,
)
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import PRESS
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

FASTER = 20  # how much faster the page's clock runs
LONGEST = 60_000  # milliseconds that a wait of the page may take, in its own time
FIRST = 3_000  # milliseconds that its first wait may take
TIMES = 5  # how often in a row it is closed at once

# The page's waits are kept, and made short. Math.random is given, so that they can be compared.
CLOCK = """
window.waits = [];
const later = window.setTimeout;
window.setTimeout = (call, wait = 0, ...more) => {
  window.waits.push(wait);
  return later(call, Math.min(wait / faster, 300), ...more);
};
"""
TYPE = f"""{PRESS}
const [name, text, form] = ["name", "text", "form"].map((id) => document.getElementById(id));
if (name && !name.value) name.value = "Ana";
text.value = said;
press(form);
"""
NOT_WRITTEN = "Not written yet: your page has no setTimeout, with which it would connect again."


async def check_page_returns(
    file: str | Path, show: Callable[[int], Callable[[], object]] = show_frame
) -> Report:
    """Show a chat's page in a browser, and take its server away, up to the first mistake.

    Args:
        file: The learner's page.
        show: Opens the page at a port of 127.0.0.1; returns what closes it again.
    """
    path = Path(file)
    open_ = not_begun(path)
    if not open_ and path.is_file() and "setTimeout" not in path.read_text("utf-8", "replace"):
        open_ = NOT_WRITTEN
    if open_ or not path.is_file():
        missing = f"There is no file {path.name} in the folder {path.parent.name} yet."
        return Report.of([Finding(path.name, None, open_ or missing)])
    return await check_page(path, CASES, show)


async def _comes_back(page: DrivenPage) -> None:
    await page.run(CLOCK, faster=FASTER)
    page.last = "Ana wrote “one”. "
    await page.run(TYPE, said="one")
    await _next(page, "join")
    say = await _next(page, "say")
    if not isinstance(say.get("id"), str):
        raise Mistake(f"The page sent {json.dumps(say)}. Give each say an id, a text.")
    await page.send(json.dumps({"type": "said", "name": "Ana", "text": "one", "id": say["id"]}))
    page.last = "The server was killed. "
    page.hint = "In onclose, call setTimeout(connect, wait)."
    await page.cut()
    await page.opened_again()
    page.last = "The server is back, and the page has opened a new WebSocket. "
    page.hint = "In onopen, send the join: the server knows nothing of the connection before."
    await _next(page, "join")


async def _keeps(page: DrivenPage) -> None:
    page.hint = (
        "Put each message into unsent when it is typed, take it out by the id of the message that "
        "comes back, and send all of unsent in onopen."
    )
    page.refuses = True
    await page.cut()
    page.last = "Ana wrote “two” while the server was away, and now it is back. "
    await page.run(TYPE, said="two")
    page.refuses = False
    await page.opened_again()
    await _next(page, "join")
    await _said(page, "two")


async def _sends_again(page: DrivenPage) -> None:
    page.last = "The server died before it had told “two” to anybody, and is back. "
    page.hint = "Take a message out of unsent only when the server has told it: unsent.delete(id)."
    await page.cut()
    await page.opened_again()
    await _next(page, "join")
    await _said(page, "two")


async def _has_patience(page: DrivenPage) -> None:
    page.hint = (
        "Count the attempts, double the wait with each one, and count anew only in onmessage: an "
        "open connection is no success yet."
    )
    page.last = "The server accepts and closes at once. "
    low, high = [await _waits(page, chance) for chance in (0.3, 0.9)]
    page.last = (
        f"The server accepted and closed at once, {TIMES} times. The page waited "
        f"{', '.join(f'{wait:.0f}' for wait in high)} milliseconds. "
    )
    if high[-1] < 2 * high[0]:
        raise Mistake(f"{page.last}Its waits must grow.")
    if high[0] > FIRST or high[-1] > LONGEST:
        raise Mistake(f"{page.last}That is too long: waits are in milliseconds, up to 30,000.")
    page.hint = "Take a random part of each wait: Math.random() * wait."
    if low == high:
        raise Mistake(f"{page.last}All pages wait as long as this one: that is a stampede.")


async def _waits(page: DrivenPage, chance: float) -> list[float]:
    """Return the page's waits while each new connection is closed at once, in its own time."""
    await page.send(json.dumps({"type": "joined", "name": "Budi"}))
    await page.run("Math.random = () => chance; window.waits = [];", chance=chance)
    for _ in range(TIMES):
        await page.cut()
        await page.opened_again()
    waits = await page.run("return window.waits;")
    if len(waits) < TIMES:
        raise Mistake("The page came back without setTimeout: it must wait before it tries again.")
    return [float(wait) for wait in waits][:TIMES]


async def _next(page: DrivenPage, kind: str) -> dict[str, Any]:
    """Return the page's next message, which must be of this type."""
    data = await page.recv(f"a {kind}")
    try:
        message = json.loads(data)
    except ValueError:
        message = None
    if not isinstance(message, dict) or message.get("type") != kind:
        raise Mistake(f"{page.last}The page sent {data!r}, and a {kind} was expected.")
    return message


async def _said(page: DrivenPage, text: str) -> dict[str, Any]:
    message = await _next(page, "say")
    if message.get("text") != text:
        raise Mistake(f"{page.last}The page sent “{message.get('text')}”, and not “{text}”.")
    return message


CASES: dict[str, PageCase] = {
    "it comes back": _comes_back,
    "what was typed meanwhile arrives": _keeps,
    "what was lost is sent again": _sends_again,
    "its waits grow, each page's in its own way": _has_patience,
}
