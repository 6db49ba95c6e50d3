"""The learner's folder: a file is made once, and never written over."""

import json
import os
import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from chatlib.driving import start_files
from chatlib.driving.start_files import START, not_begun, start_file

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# Pages, and where their solution stands in a notebook.
PAGES = [
    ("index.html", "05_your_own_chat.ipynb", "check-page-text"),
    ("chat.html", "05_your_own_chat.ipynb", "check-chat-page-text"),
    ("peer.html", "11_webrtc.ipynb", "check-page-text"),
]


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / START
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("TODO")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_made_once_and_never_written_over(notebooks: Path):
    assert repr(start_file("index.html")) == "my_chat/index.html is new."
    file = notebooks / "my_chat" / "index.html"
    assert file.read_text() == "TODO"
    assert not_begun(Path("my_chat/index.html")).startswith("Not written yet. Open index.html in")
    file.write_text("mine")
    assert "was there already" in repr(start_file("index.html"))
    assert file.read_text() == "mine" and not_begun(Path("my_chat/index.html")) == ""


def test_a_button_opens_it_as_text_below_the_folder_of_jupyter(
    notebooks: Path, monkeypatch: pytest.MonkeyPatch
):
    def running(pid: int, root: Path) -> Any:
        return lambda: iter([{"pid": pid, "root_dir": str(root)}])

    above = psutil.Process().ppid()
    monkeypatch.setattr(start_files, "list_running_servers", running(above, notebooks.parent))
    page = start_file("index.html")._repr_mimebundle_()["text/html"]
    found = re.search(r'data-commandlinker-args="([^"]*)"', page)
    assert found
    arguments = json.loads(unescape(found[1]))
    assert arguments["path"] == f"{notebooks.name}/my_chat/index.html"
    assert arguments["factory"] == "Editor"
    for pid, root in ((os.getpid(), notebooks), (above, notebooks / "elsewhere")):
        monkeypatch.setattr(start_files, "list_running_servers", running(pid, root))
        assert "<button" not in start_file("index.html")._repr_mimebundle_()["text/html"]


def test_each_file_of_the_steps_has_a_start_with_places_to_fill_in():
    for name in ("index.html", "server.py", "client.py", "peer.html"):
        assert "TODO 3" in (NOTEBOOKS / START / name).read_text(encoding="utf-8")
        assert "TODO" not in (NOTEBOOKS / START.parent / "solution" / name).read_text()


@pytest.mark.parametrize(("name", "notebook", "id"), PAGES)
def test_the_solutions_in_the_notebooks_are_those_of_the_files(name: str, notebook: str, id: str):
    cells = {each.id: each for each in nbformat.read(NOTEBOOKS / notebook, as_version=4).cells}
    solution = cells[id].source.partition("<summary>A worked solution</summary>")[2]
    lines = solution.partition("```js")[2].partition("```")[0].split("\n")
    file = (NOTEBOOKS / START.parent / "solution" / name).read_text(encoding="utf-8")
    written = [line.strip() for line in lines if line.strip()]
    assert len(written) > 15
    assert [line for line in written if line not in file] == []
