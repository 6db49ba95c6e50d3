"""The projects, each with its check: a start file that was not changed yet is an open question."""

from __future__ import annotations

from pathlib import Path

from chatlib.chapters.your_own_chat import bell, board, board_page, noughts, ticker
from chatlib.driving.drive_program import check_program
from chatlib.driving.driven_page import check_page
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

CASES = {
    "ticker": ticker.CASES,
    "bell": bell.CASES,
    "board": board.CASES,
    "noughts": noughts.CASES,
}
PAGES = {"board": board_page.CASES}


async def check_project(file: str) -> Report:
    """Check a learner's program with real clients, or a page in a frame, up to the first mistake.

    A file that is not there is made from its start file.

    Args:
        file: The path of the program or the page; its name says which project it is.
    """
    path = Path(file)
    is_page = path.suffix == ".html"
    if path.stem not in (PAGES if is_page else CASES):
        names = ", ".join([*(f"{name}.py" for name in CASES), *(f"{name}.html" for name in PAGES)])
        unknown = f"No project is called {path.name}. The projects are {names}."
        return Report.of([Finding(path.name, False, unknown)])
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    if is_page:
        return await check_page(path, PAGES[path.stem])
    return await check_program(path, CASES[path.stem])
