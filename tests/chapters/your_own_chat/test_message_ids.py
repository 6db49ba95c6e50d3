"""The check of ids passes the worked server, and names the first mistake of others."""

import asyncio
from pathlib import Path

from chatlib.chapters.your_own_chat.message_ids import CASES, check_ids
from chatlib.driving import driven_client
from tools.navigation import NOTEBOOKS

SERVER = NOTEBOOKS / "your_own_chat" / "take_home" / "server.py"
CHECKED = "if not (id is None or (isinstance(id, str) and len(id) <= LONGEST_ID)):"
SEEN = "        if id in said:"
AGAIN = "broadcast([connection], json.dumps(event))"
# What is replaced in the worked server, by what, and what is said of it.
WRONG = {
    "no id": ('event["id"] = id', "pass", "must send the id on"),
    "no memory": (SEEN, "        if False:", "Budi should hear “two” next, and heard “one”"),
    "a memory of one connection": (
        "        said[id] = True",
        "        said[(connection, id)] = True",
        "Budi should hear “two” next, and heard “one”",
    ),
    "told to everybody": (AGAIN, "broadcast(members, json.dumps(event))", "“one”"),
    "told to nobody": (AGAIN, "pass", "tell it to her alone"),
    "a memory of texts": (
        "  say(connection, text, id)",
        "  say(connection, text, text)",
        "must send the id on",
    ),
    "no id is an id": ("if id is not None:", "if True:", "was never seen before"),
    "an id that cannot be a key": (CHECKED, "if False:", "TypeError"),
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
