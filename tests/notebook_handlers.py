"""The handlers of the notebook's solutions, and the same with one thing changed."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from websockets import ConnectionClosed, broadcast

from chatlib.questions.report import Report
from tests.test_notebooks import read, solution_of
from tools.navigation import NOTEBOOKS

# By their ids, which differ where there is a solution.
TRIED = ("09_harder_scenarios.ipynb", "10_beyond_one_server.ipynb", "11_webrtc.ipynb")
CELLS = {cell.id: cell for name in TRIED for cell in read(NOTEBOOKS / name).cells}
IMPORTED = {
    each.__name__: each
    for each in (asyncio, hashlib, json, secrets, time, ConnectionClosed, broadcast)
}


def run_cells(*ids: str, **changes: object) -> dict[str, Any]:
    """Return the names that these cells define, on top of those of the setup cell."""
    names: dict[str, Any] = {**IMPORTED, **changes}
    for id in ids:
        exec(CELLS[id].source, names)
    return names


def solution(text_cell: str, names: dict[str, Any], changes: dict[str, str]) -> dict[str, Any]:
    """Return the names of a cell's solution, with each text replaced that stands there once."""
    lines = str(solution_of(CELLS[text_cell])).splitlines()
    source = "\n".join(line for line in lines if not line.startswith(("from ", "await ")))
    for old, new in changes.items():
        assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in\n{source}"
        source = source.replace(old, new)
    names = {**names}
    exec(source, names)
    return names


async def hold(
    check: Callable[[dict[str, str]], Awaitable[Report]],
    wrong: Mapping[str, tuple[dict[str, str], list[str]]],
    *,
    findings: int,
    at_once: bool = True,
) -> None:
    """Assert that the solution passes, and that each changed one fails with its sentence.

    Args:
        check: Checks the solution with some texts replaced.
        wrong: By a name, what is replaced, and parts of what is said then.
        findings: How many things are checked.
        at_once: Whether all are checked at the same time; not those that block the event loop.
    """
    checks = [check({}), *(check(changes) for changes, _ in wrong.values())]
    reports = await asyncio.gather(*checks) if at_once else [await each for each in checks]
    right, *reports = reports
    assert right.passed and len(right.findings) == findings, str(right)
    for (name, (_, parts)), report in zip(wrong.items(), reports, strict=True):
        last = report.findings[-1]
        said = f"{last.name}: {last.feedback}"
        missing = [part for part in parts if part not in said]
        assert not last.right and missing == [], f"{name}: {said}"
