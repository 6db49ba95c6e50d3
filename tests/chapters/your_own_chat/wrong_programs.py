"""Wrong programs: small edits of the worked solution of a project, and what each is told."""

import asyncio
import queue
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser

from chatlib.driving.drive_program import Case, check_program
from chatlib.driving.driven_page import PageCase, check_page
from chatlib.questions.report import Report

SOLUTIONS = Path(__file__).parents[3] / "notebooks" / "your_own_chat" / "solution"

AT_ONCE = 4  # programs: more would wait for a processor longer than a check waits for them
# Pieces of the solution, each with what stands in its place, and parts of what is said then.
Wrong = tuple[dict[str, str], list[str]]


def edited(folder: Path, name: str, edits: Mapping[str, str]) -> Path:
    """Write a solution with pieces replaced, in a folder of its own; return its path."""
    source = (SOLUTIONS / name).read_text(encoding="utf-8")
    for piece, other in edits.items():
        assert piece in source, piece
        source = source.replace(piece, other)
    file = folder / name
    file.parent.mkdir(parents=True)
    file.write_text(source, encoding="utf-8")
    if page := {"board.py": "board.html", "server.py": "index.html"}.get(name):
        shutil.copy(SOLUTIONS / page, file.parent)
    return file


async def hold_rejected(
    folder: Path, name: str, cases: Mapping[str, Case], wrongs: list[Wrong]
) -> None:
    """Assert that the solution passes, and that each wrong program fails with its sentence."""
    files = [edited(folder / str(number), name, edits) for number, (edits, _) in enumerate(wrongs)]
    few = asyncio.Semaphore(AT_ONCE)

    async def check(file: Path) -> Report:
        async with few:
            return await check_program(file, cases)

    right, *reports = await asyncio.gather(*(check(file) for file in (SOLUTIONS / name, *files)))
    hold(right, len(cases) + 1, reports, wrongs)


def hold_pages_rejected(
    browser: Browser,
    folder: Path,
    name: str,
    cases: Mapping[str, PageCase],
    wrongs: list[Wrong],
    right: Path | None = None,
) -> None:
    """Assert the same of a page: each is opened in a tab of its own, all at the same time.

    `right` is another page that passes.
    """
    files = [edited(folder / str(number), name, edits) for number, (edits, _) in enumerate(wrongs)]
    ports: queue.Queue[int] = queue.Queue()

    def show(port: int) -> type[object]:
        ports.put(port)
        return object

    async def check_all() -> list[Report]:
        pages = (right or SOLUTIONS / name, *files)
        checks = (check_page(file, cases, show) for file in pages)
        return await asyncio.gather(*checks)

    context = browser.new_context()
    # The page that runs this test has an event loop of its own.
    with ThreadPoolExecutor(1) as pool:
        reports = pool.submit(asyncio.run, check_all())
        for _ in (name, *files):
            context.new_page().goto(f"http://127.0.0.1:{ports.get(timeout=60)}/")
        passes, *wrong = reports.result(timeout=60)
    context.close()
    hold(passes, len(cases) + 1, wrong, wrongs)


def hold(right: Report, findings: int, reports: list[Report], wrongs: list[Wrong]) -> None:
    """Assert that one report passed, and that each other one says what is wrong."""
    assert right.passed and len(right.findings) == findings, str(right)
    for (edits, parts), report in zip(wrongs, reports, strict=True):
        last = report.findings[-1]
        said = f"{last.name}: {last.feedback}"
        assert not last.right and [part for part in parts if part not in said] == [], (edits, said)
