"""The check of the server in Node.js passes the worked one, and names what is wrong with others."""

import asyncio
import shutil
from pathlib import Path

import pytest

from chatlib.chapters.your_own_chat.node_server import CASES, check_node, node_command
from chatlib.kernel import node as kernel_node
from tools.navigation import NOTEBOOKS

FILES = NOTEBOOKS / "your_own_chat"
# What is replaced in the worked server, by what, and what is said of it.
WRONG = {
    "the bytes sent back": (
        "receive(connection, JSON.parse(String(data)));",
        "connection.send(data);",
        "This is binary, and text was expected",
    ),
    "no text made of it": (
        "connection.send(JSON.stringify(message))",
        "connection.send(message)",
        'The field "type" is "error"',
    ),
    "told to nobody": ("of names.keys()", "of []", 'Ana waited 3 seconds for {"type": "joined"'),
    "the wrong event": ('connection.on("message"', 'connection.on("data"', "Ana waited 3 seconds"),
    "no id": ("text, id });\n}", "text });\n}", 'The field "id" is missing.'),
    "who left is not told": ('tell({ type: "left", name })', "{}", "take it out of names"),
    "nothing caught": ("console.error(problem.message)", "throw problem", "nobody catches"),
    "no listener for errors": (
        'connection.on("error", console.error);',
        "",
        "and the listener for errors",
    ),
    "a mistake": ("new Map()", "new Mapp()", "ReferenceError: Mapp is not defined, in server.mjs"),
    "a blank": ("names.keys()", "____", "A blank ____ is left in line 16."),
}


@pytest.fixture
def folder(tmp_path: Path, node_here: None) -> Path:
    (tmp_path / "node").symlink_to(NOTEBOOKS / "node", target_is_directory=True)
    return tmp_path


async def test_the_first_mistake_is_named(folder: Path):
    worked = (FILES / "solution" / "server.mjs").read_text(encoding="utf-8")
    files = {name: folder / name.replace(" ", "-") / "server.mjs" for name in ("worked", *WRONG)}
    for name, file in files.items():
        old, new, _ = WRONG.get(name, ("\n\n", "\n\n", ""))
        assert name == "worked" or worked.count(old) == 1, name
        file.parent.mkdir()
        file.write_text(worked.replace(old, new), encoding="utf-8")
    right, *reports = await asyncio.gather(*map(check_node, files.values()))
    assert right.passed and len(right.findings) == len(CASES) + 1, str(right)
    for (name, (_, _, words)), report in zip(WRONG.items(), reports, strict=True):
        *before, last = report.findings
        assert not last.right and words in last.feedback, f"{name}:\n{report}"
        assert all(finding.right for finding in before)


async def test_it_is_open_until_it_is_begun_and_without_node(folder: Path, monkeypatch):
    shutil.copytree(FILES / "start", folder / "your_own_chat" / "start")
    (finding,) = (await check_node(folder / "my_chat" / "server.mjs")).findings
    assert finding.right is None and "Not written yet" in finding.feedback
    assert (folder / "my_chat" / "server.mjs").exists()
    monkeypatch.setattr(kernel_node, "_candidates", lambda: iter(()))
    (finding,) = (await check_node(folder / "my_chat" / "server.mjs")).findings
    assert finding.right is None and "Node.js 20 or newer" in finding.feedback


async def test_the_library_is_beside_the_script(folder: Path):
    (folder / "my_chat").mkdir()
    for _ in range(2):
        assert (await node_command(folder / "my_chat"))[1] == "--import"
    assert (folder / "my_chat" / "node_modules" / "ws" / "package.json").is_file()
