"""The folder that a learner takes home: a chat that needs nothing of this course."""

from __future__ import annotations

import shutil
from pathlib import Path

from chatlib.questions.report import Finding, Report

FILES = Path(__file__).parents[3] / "notebooks" / "your_own_chat" / "take_home"
NAMES = ("server.py", "index.html", "client.py", "requirements.txt", "README.md", "test_chat.py")


def take_home(folder: str | Path) -> Report:
    """Write the worked chat into a folder; what is there already stays as it is.

    Args:
        folder: The folder, which is made if need be.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return Report.of(Finding(name, True, _written(name, target)) for name in NAMES)


def _written(name: str, target: Path) -> str:
    file = target / name
    if file.exists():
        return f"It was there already, and stays as it is: {file.as_posix()}."
    shutil.copyfile(FILES / name, file)
    return f"It is in {file.as_posix()}."
