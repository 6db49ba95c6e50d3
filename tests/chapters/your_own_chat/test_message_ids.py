"""The check of ids passes the worked server, and names the first mistake of others."""

import asyncio
from pathlib import Path

from chatlib.chapters.your_own_chat import driven_client
from chatlib.chapters.your_own_chat.message_ids import CASES, check_ids
from tools.navigation import NOTEBOOKS

SERVER = NOTEBOOKS / "your_own_chat" / "take_home" / "server.py"
SEEN = "if isinstance(id, str) and id in said:"
# What is replaced in the worked server, by what, and what is said of it.
WRONG = {
    "no id": ('message["id"] = id', "pass", "must send the id on"),
    "no memory": (SEEN, "if False:", "Budi should hear “two” next, and heard “one”"),
    "a memory of one connection": (
        "        said[id] = json",
        "        said[(connection, id)] = json",
        "Budi should hear “two” next, and heard “one”",
    ),
    "told to everybody": (
        "broadcast([connection], said[id])",
        "broadcast(names, said[id])",
        "“one”",
    ),
    "told to nobody": ("broadcast([connection], said[id])", "pass", "tell it to her alone"),
    "a memory of texts": (
        "def say(connection, text, id):",
        "def say(connection, text, id):\n    id = text",
        "must send the id on",
    ),
    "no id is an id": (
        "    if isinstance(id, str) and len(id) <= 64:",
        "    id = str(id)\n    if id in said:\n        return\n    if id:",
        "was never seen before",
    ),
    "an id that cannot be a key": (SEEN, "if id in said:", "TypeError"),
}


async def test_the_worked_server_passes_and_the_first_mistake_of_others_is_named(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(driven_client, "ANSWERS_WITHIN", 2)
    worked = SERVER.read_text(encoding="utf-8")
    files = {name: tmp_path / name / "server.py" for name in ("worked", *WRONG)}
    for name, file in files.items():
        file.parent.mkdir()
        old, new, _ = WRONG.get(name, ("", "", ""))
        assert name == "worked" or worked.count(old) == 1, name
        file.write_text(worked.replace(old, new) if old else worked, encoding="utf-8")
    right, *reports = await asyncio.gather(*map(check_ids, files.values()))
    assert right.passed and len(right.findings) == len(CASES) + 1, str(right)
    for (name, (_, _, words)), report in zip(WRONG.items(), reports, strict=True):
        *before, last = report.findings
        assert last.right is False and words in last.feedback, f"{name}:\n{report}"
        assert all(finding.right for finding in before)
