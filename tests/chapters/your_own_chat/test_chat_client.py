"""The terminal's client of step 4, right and wrong, and what is said of each."""

import asyncio
from pathlib import Path

import pytest

from chatlib.chapters.your_own_chat.chat_client import CASES, check_client
from tests.chapters.your_own_chat.wrong_programs import SOLUTIONS, Wrong, edited, hold

JOIN = '        await connection.send(json.dumps({"type": "join", "name": name}))\n'
LOADED = "            event = json.loads(message)\n"
SAY = 'connection.send(json.dumps({"type": "say"'
WRONG: list[Wrong] = [
    ({'environ.get(\'PORT\', 8765)': "environ['NO']"}, ["it joins: Your client did not connect"]),
    ({JOIN: ""}, ["it joins: It was started with the name Ana. Your client should", "nothing"]),
    ({'"name": name}': '"name": "Budi"}'}, ["it joins: ", 'The field "name" is "Budi", not "A']),
    ({', flush=True)\n    print(f"closed': ')\n    print(f"closed', "{who}: {what}": "{what}"},
     ["it talks: ", "No line with “Budi” and “Halo!” was printed"]),
    ({', flush=True': ""}, ["it talks: ", "Is flush=True there, and does nothing block, such as"]),
    ({'event.get("text", event["type"])': 'event["text"]'},
     ['it talks: The server sent {"type": "joined", ', "No line with “Citra” was printed."]),
    ({LOADED: LOADED + "            await connection.close()\n"},
     ['it talks: The server sent {"type": "said"', "}. Your client has closed its connection."]),
    ({f"await {SAY}": SAY},
     ["it talks: “Hello from a terminal” was typed. ", "printed last: “", "was never awaited”."]),
    ({'"text": line': '"text": name'}, ["it talks: “Hello from a terminal” was typed. Your"]),
    ({'"say"': '"says"'}, ["it talks: ", 'The field "type" is "says", not "say".']),
    ({"lines.put_nowait, None)": "print, None)"}, ["the input ends: ", "Your client runs on"]),
    ({"lines.put_nowait(None)": "pass"}, ["the server closes: ", "Your client runs on after"]),
    ({"closed with {connection.close_code}": "closed"}, ["the server closes: ", "“1001” was p"]),
]  # fmt: skip


async def test_each_wrong_client_gets_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # as in many containers
    files = [edited(tmp_path / str(n), "client.py", edits) for n, (edits, _) in enumerate(WRONG)]
    right, *reports = await asyncio.gather(
        *(check_client(str(file)) for file in (SOLUTIONS / "client.py", *files))
    )
    hold(right, len(CASES), reports, WRONG)
