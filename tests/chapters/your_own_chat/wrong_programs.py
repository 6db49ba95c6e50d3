"""Wrong programs: small edits of the worked solution of a project, and what each is told."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from chatlib.chapters.your_own_chat.drive_program import Case, check_program

SOLUTIONS = Path(__file__).parents[3] / "notebooks" / "your_own_chat" / "solution"

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
    if name == "board.py":
        shutil.copy(SOLUTIONS / "board.html", file.parent)
    return file


async def hold_rejected(
    folder: Path, name: str, cases: Mapping[str, Case], wrongs: list[Wrong]
) -> None:
    """Assert that the solution passes, and that each wrong program fails with its sentence."""
    files = [edited(folder / str(number), name, edits) for number, (edits, _) in enumerate(wrongs)]
    right, *reports = await asyncio.gather(
        *(check_program(file, cases) for file in (SOLUTIONS / name, *files))
    )
    assert right.passed and len(right.findings) == len(cases) + 1, str(right)
    for (edits, parts), report in zip(wrongs, reports, strict=True):
        last = report.findings[-1]
        said = f"{last.name}: {last.feedback}"
        assert not last.right and [part for part in parts if part not in said] == [], (edits, said)
