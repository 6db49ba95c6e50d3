"""Signalling servers that tell too many, the wrong one, or nobody."""

from chatlib.chapters.webrtc.signalling import check_signalling
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

WRONG = {
    "to all": (
        {"await other.send(": "for other in members.values(): await other.send("},
        ["an offer and an answer: ", "Ana should get", "goes to one member"],
    ),
    "no from": (
        {', "from": name': ""},
        ["an offer and an answer: ", 'The field "from" is missing.'],
    ),
    "no error": (
        {"await connection.send(json.dumps(NOBODY))": "pass"},
        ["somebody who is not here: ", "Ana waited 4 seconds", "members.get(name)"],
    ),
    "never taken out": (
        {"del members[name]": "pass"},
        ["somebody who has left: ", "in finally"],
    ),
}


async def test_each_server_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        return await check_signalling(solution("introduce-text", run_cells(), changes)["introduce"])

    await hold(check, WRONG, findings=4)
