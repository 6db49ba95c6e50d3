"""The learner's folder, and the files in it: made from a start file, and never written over."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

import psutil
from jupyter_server.serverapp import list_running_servers

FOLDER = Path("my_chat")  # beside the notebook
START = Path("your_own_chat") / "start"


class StartFile:
    """A file of the learner's own; the last line of a cell shows where it is."""

    def __init__(self, path: Path, *, made: bool) -> None:
        """Name a file, and say whether it was made just now."""
        self.path = path
        self._state = "is new" if made else "was there already, and stays as it is"

    def __repr__(self) -> str:
        """Say where the file is."""
        return f"{self.path.as_posix()} {self._state}."

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        button = _open_button(self.path.resolve())
        return {"text/plain": repr(self), "text/html": f"<p>{html.escape(repr(self))} {button}</p>"}


def start_file(name: str) -> StartFile:
    """Make a file in the learner's folder from its start file, if it is not there.

    Args:
        name: The file's name, such as "index.html".
    """
    path = FOLDER / name
    return StartFile(path, made=make(path))


def make(path: Path) -> bool:
    """Copy a start file to where the learner works; return whether this was needed."""
    start = path.resolve().parents[1] / START / path.name
    if path.exists() or not start.exists():
        return False
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(start, path)
    return True


def not_begun(path: Path) -> str:
    """Say that a file is still as it came, after it was made if there was none; "" if changed."""
    make(path)
    start = path.resolve().parents[1] / START / path.name
    if start.exists() and path.read_bytes() == start.read_bytes():
        return f"Not written yet. Open {path.name} in the folder {path.parent.name}."
    return ""


def _open_button(path: Path) -> str:
    """Return a button that opens a file in JupyterLab's editor beside the notebook, if it can."""
    above = {process.pid for process in psutil.Process().parents()}
    roots = [Path(each["root_dir"]) for each in list_running_servers() if each["pid"] in above]
    if not roots or not path.is_relative_to(roots[0]):
        return ""
    # A page would open as a page, not as text.
    arguments = {
        "path": path.relative_to(roots[0]).as_posix(),
        "factory": "Editor",
        "options": {"mode": "split-right"},
    }
    return (
        '<button class="jp-mod-styled" data-commandlinker-command="docmanager:open"'
        f' data-commandlinker-args="{html.escape(json.dumps(arguments))}">'
        f"Open {html.escape(path.name)}</button>"
    )
