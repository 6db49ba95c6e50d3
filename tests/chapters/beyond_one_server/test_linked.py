"""Links between two servers that lose texts, send them back, or stay for ever."""

from functools import partial

import websockets

from chatlib.chapters.beyond_one_server import linked
from chatlib.chapters.beyond_one_server.linked import check_link
from chatlib.driving import driven_client
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

connect = partial(websockets.connect, proxy=None)
WRONG = {
    "not a member of A": (
        {"members.add(other)": "pass"},
        ["from A to B: ", "Budi waited", "members.add(other)"],
    ),
    "does not pass on": (
        {"broadcast(members - {other}, text)": "pass"},
        ["from B to A: ", "Ana waited", "broadcast it to the members of A"],
    ),
    "sends it back": (
        {"members - {other}": "members"},
        ["each text once: ", "must not go back to B"],
    ),
    "passes on one text": (
        {
            "async for text in other:\n                broadcast(members - {other}, text)": (
                "text = await other.recv()\n"
                "            broadcast(members - {other}, text)\n"
                "            await other.wait_closed()"
            )
        },
        ["each text once: Budi sent “three”. Ana waited", "broadcast it to the members of A"],
    ),
    "stays a member": (
        {"members.discard(other)": "pass"},
        ["server B stops: ", "still among the members of A"],
    ),
    "does not connect": (
        {"async with connect(url) as other:": "async with connect('ws://127.0.0.1:1') as other:"},
        ["from A to B: ", "link does not connect"],
    ),
    "ends at once": (
        {"async for text in other:": "for text in []:"},
        ["from A to B: "],
    ),
    "never ends": (
        {"members.discard(other)": "members.discard(other); await asyncio.sleep(3600)"},
        ["server B stops: ", "link goes on"],
    ),
}


async def test_each_link_gets_its_sentence(no_program_is_left, monkeypatch):
    monkeypatch.setattr(linked, "LINKED_WITHIN", 1.0)
    monkeypatch.setattr(linked, "ENDS_WITHIN", 1.0)
    monkeypatch.setattr(driven_client, "ANSWERS_WITHIN", 1.0)

    async def check(changes: dict[str, str]) -> Report:
        names = run_cells(connect=connect)
        return await check_link(solution("link-text", names, changes)["link"])

    await hold(check, WRONG, findings=4)
    # By itself, for it keeps everything waiting.
    last = (await check({"members.add(other)": "time.sleep(3600)"})).findings[-1]
    assert last.name == "from A to B" and "kept everything" in last.feedback
    assert "raised Blocked" not in last.feedback


async def test_what_is_not_written_is_open(no_program_is_left):
    async def link(members, url):
        raise NotImplementedError

    report = await check_link(link)
    assert [finding.right for finding in report.findings] == [None]
