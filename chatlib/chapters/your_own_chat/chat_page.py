"""Steps 2 and 3: the learner's page, which talks to an echo server first, then to the chat."""

from __future__ import annotations

import json
from pathlib import Path

from chatlib.driving.driven_client import differs, shown
from chatlib.driving.driven_page import DrivenPage, PageCase, check_page
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import FIND, holds, submit
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

MARKUP = "<b>Budi</b>"
BOLD = "<b>bold</b>"
AS_MARKUP = f"""{FIND}
const log = find("log");
return log.querySelector("b") !== null && texts.some((text) => !log.textContent.includes(text));
"""


async def check_index(file: str = "my_chat/index.html", *, chat: bool = False) -> Report:
    """Show the learner's page in a frame, and drive it up to the first mistake.

    A file that is not there is made from its start file.

    Args:
        file: The page.
        chat: Whether it speaks the chat's messages already, or plain text.
    """
    path = Path(file)
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    return await check_page(path, CHAT if chat else TEXT)


async def _open(page: DrivenPage) -> None:
    page.hint = 'Look at addEventListener("open", …) and at find("state").textContent.'
    page.last = "The connection is open. "
    await holds(page, "state", "open")


async def _shows(page: DrivenPage, message: str, shown_as: str) -> None:
    page.last = f"Your server sent {shown(message)}. "
    await page.send(message)
    await holds(page, "log", shown_as)


async def _as_text(page: DrivenPage, *texts: str) -> None:
    """Check that the log holds no bold words that one of these texts would be as markup.

    A page may show a name in bold letters: then the name still stands there as it was written.
    """
    page.hint = "Use textContent, never innerHTML: what others wrote is text."
    if await page.run(AS_MARKUP, texts=texts):
        raise Mistake(f"{page.last}The page took it for markup.")


async def _shows_text(page: DrivenPage) -> None:
    page.hint = 'Look at addEventListener("message", …) and event.data, and at show(text).'
    await _shows(page, "Halo!", "Halo!")
    await _shows(page, MARKUP, "Budi")
    await _as_text(page, MARKUP)


async def _sends_text(page: DrivenPage) -> None:
    page.hint = 'Look at the event “submit”: preventDefault(), send(…), value = "".'
    for text in ("Selamat pagi", "two"):
        page.last = "An empty field was sent, and then a text. "
        await submit(page, text="")
        await submit(page, text=text)
        got = await page.recv(shown(text))
        if got != text:
            raise Mistake(f"{page.last}The page should send {shown(text)}, and sent {shown(got)}.")
        await _is_empty(page)


async def _is_empty(page: DrivenPage) -> None:
    left = await page.run(f'{FIND} return find("text").value;')
    if left:
        raise Mistake(f"{page.last}Afterwards the field should be empty; it holds {shown(left)}.")


async def _shows_events(page: DrivenPage) -> None:
    page.hint = "Look at JSON.parse(event.data), and at each type: joined, left, said, error."
    for event, words in (
        ({"type": "joined", "name": "Agus"}, ("Agus",)),
        ({"type": "said", "name": "Budi", "text": "Halo!"}, ("Budi", "Halo!")),
        ({"type": "said", "name": MARKUP, "text": BOLD}, ("bold",)),
        ({"type": "error", "text": "That was no JSON."}, ("That was no JSON.",)),
        ({"type": "left", "name": "Citra"}, ("Citra",)),
    ):
        for text in words:
            await _shows(page, json.dumps(event), text)
    await _as_text(page, MARKUP, BOLD)


async def _sends_events(page: DrivenPage) -> None:
    page.hint = "The first Send sends a join and then the say. JSON.stringify makes text of both."
    for fields, *wanted in (
        ({"name": "Ana", "text": "Halo"}, _event("join", name="Ana"), _event("say", text="Halo")),
        ({"text": "again"}, _event("say", text="again")),
    ):
        page.last = f"Somebody wrote {shown(fields)} and pressed Send. "
        await submit(page, **fields)
        for event in wanted:
            got = await page.recv(shown(event))
            if problem := differs(got, event):
                raise Mistake(
                    f"{page.last}The page should send {shown(event)}, and sent {shown(got)}."
                    f" {problem}"
                )
        await _is_empty(page)


def _event(kind: str, **fields: str) -> dict[str, str]:
    return {"type": kind, **fields}


async def _closed(page: DrivenPage) -> None:
    page.hint = 'Look at addEventListener("close", …): event.code and event.reason.'
    page.last = "Your server closed with 4321 and the reason “enough”. "
    await page.close(4321, "enough")
    for part in ("4321", "enough"):
        await holds(page, "state", part)
    page.last = "The connection is closed, and somebody pressed Send. "
    page.hint = "Look at socket.readyState before you send: what is typed should not be lost."
    await submit(page, text="too late")
    if not await page.run(f'{FIND} return find("text").value;'):
        raise Mistake(f"{page.last}The text is gone, and nobody got it.")


TEXT: dict[str, PageCase] = {
    "open": _open,
    "it shows what comes": _shows_text,
    "it sends what is typed": _sends_text,
    "closed": _closed,
}
CHAT: dict[str, PageCase] = {
    "open": _open,
    "it shows what comes": _shows_events,
    "it sends what is typed": _sends_events,
    "closed": _closed,
}
