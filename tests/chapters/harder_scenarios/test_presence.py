"""Rooms that forget too early, too late, or whom they should not believe."""

import asyncio

from chatlib.chapters.harder_scenarios.presence import check_presence
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

GRACE = 1.0
WRONG = {
    "one token for all": (
        {"secrets.token_urlsafe()": '"secret"'},
        ["who joins: ", "Both got the same token"],
    ),
    "away for ever": (
        {"if connection.close_code in (1000, 1001):": "if False:"},
        ["who leaves with a close frame: ", "close_code"],
    ),
    "left at once": (
        {"if connection.close_code in (1000, 1001):": "if True:"},
        ["who is cut off, and comes back: Budi was cut off. ", '"away"'],
    ),
    "the task goes on": (
        {"timers.pop(name).cancel()": "timers.pop(name)"},
        ["who is cut off, and comes back: ", '"left"', "Cancel the task"],
    ),
    "always new": (
        {'"back" if back else "joined"': '"joined"'},
        ["who is cut off, and comes back: ", 'The field "type" is "joined", not "back".'],
    ),
    "never left": (
        {"    leave(name)\n\n\nasync def room": "\n\nasync def room"},
        ["who is cut off for too long: ", '"left"', "nothing came"],
    ),
    "no patience": (
        {"asyncio.sleep(GRACE)": "asyncio.sleep(0)"},
        ["who is cut off", '"left"'],
    ),
    "no proof": (
        {'join.get("token") == tokens[name]': "True"},
        ["who takes another's name: ", "should be closed with 4409"],
    ),
    "anybody's proof": (
        {'join.get("token") == tokens[name]': 'join.get("token") in tokens.values()'},
        ["who takes another's name: Mallory sent", "should be closed with 4409"],
    ),
    "everybody is everybody": (
        {"if name in members and not back:": "if False:"},
        ["who takes another's name: ", "should be closed with 4409, and is open"],
    ),
}


async def test_each_room_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        names = solution("presence-text", run_cells("away-tools") | {"GRACE": GRACE}, changes)
        return await check_presence(names["room"], grace=GRACE)

    await hold(check, WRONG, findings=5)
    # What a room still has to tell is the learner's own task, not the check's.
    if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(tasks)
