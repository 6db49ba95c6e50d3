"""The page of a wall on which everybody writes: what somebody wrote must stay text."""

from __future__ import annotations

from pathlib import Path

from chatlib.driving.driven_client import shown
from chatlib.driving.driven_page import DrivenPage, PageCase, check_page
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import FIND, holds
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

PLAIN = ("Halo!", "2 < 3 & 5 > 4", "&lt;b&gt; is how one writes <b>")
NO_MARKUP = "Who writes next?"
# Each would run a program, or change the page, where text is taken for markup.
MARKUP = (
    "<b>bold</b>",
    '<img src="x" onerror="harmed = 1">',
    "<IMG SRC=x OnError=harmed=1>",
    '<svg onload="harmed = 1"></svg>',
    "<details open ontoggle=harmed=1>",
    "<script>harmed = 1</script>",
    "<style>* { display: none }</style>",
)
# How many elements the log has, or -1 if a program has run; a picture that is not there needs a
# moment to say so.
LOOK = f"""{FIND}
await new Promise((resolve) => setTimeout(resolve, 150));
return globalThis.harmed ? -1 : find("log").querySelectorAll("*").length;
"""


async def check_wall(file: str = "my_chat/wall.html") -> Report:
    """Show the learner's page in a frame, and drive it up to the first mistake.

    Args:
        file: The page; one that is not there is made from its start file.
    """
    path = Path(file)
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    return await check_page(path, WALL)


async def _shows(page: DrivenPage) -> None:
    page.hint = "Look at show(text)."
    for text in PLAIN:
        page.last = f"Somebody wrote {shown(text)}. "
        await page.send(text)
        await holds(page, "log", text)


async def _stays_text(page: DrivenPage) -> None:
    page.hint = "Make an element with createElement, and give the text to its textContent."
    # A line may be made of several elements: how many, a text without markup shows.
    before = await page.run(LOOK)
    one = 0
    for text in (NO_MARKUP, *MARKUP):
        page.last = f"Somebody wrote {shown(text)}. "
        await page.send(text)
        after = await page.run(LOOK)
        if text == NO_MARKUP:
            one = after - before
        if after < 0 or after - before > one:
            happened = "ran the program in it" if after < 0 else "took it for markup"
            raise Mistake(f"{page.last}The page {happened}.")
        before = after
        await holds(page, "log", text)


async def _goes_on(page: DrivenPage) -> None:
    page.last = "After all of this, somebody wrote “Are you still there?”. "
    await page.send("Are you still there?")
    await holds(page, "log", "Are you still there?")


WALL: dict[str, PageCase] = {
    "it shows what people write": _shows,
    "markup stays text": _stays_text,
    "it goes on": _goes_on,
}
