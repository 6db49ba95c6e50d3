"""Doors that let in the wrong ones, or keep them too long."""

from chatlib.chapters.harder_scenarios.door import check_door
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

ENDED = """    if time.monotonic() > end:
        return await connection.close(4401, "your token has ended")
"""
WRONG = {
    "another name": (
        {'"type": "welcome", "name": name': '"type": "welcome", "name": "you"'},
        ["a valid token: ", 'The field "name" is "you", not "Ana".', "Look at the welcome"],
    ),
    "not every error": (
        {", TypeError, KeyError": ""},
        ["a wrong token: ", "should be closed with 4401, and was closed with 1011", "KeyError"],
    ),
    "HTTP's number": (
        {'4401, "no valid token"': '1008, "no valid token"'},
        ["a wrong token: ", 'Mallory sent {"type": "hello", "token": "guessed"}', "with 1008"],
    ),
    "no time limit": (
        {"asyncio.wait_for(connection.recv(), 1)": "connection.recv()"},
        ["no token at all: Mallory connects and says nothing. ", "is open after", "wait_for"],
    ),
    "no peace": (
        {"    except ConnectionClosed:\n        return\n": ""},
        ["no token at all: ", "should end in peace", "raised ConnectionClosedOK"],
    ),
    "the end is not looked at": (
        {ENDED: "", "asyncio.timeout(end - time.monotonic())": "asyncio.timeout(60)"},
        ["a token that has ended: ", "is open after"],
    ),
    "welcomed with an old token": (
        {ENDED: ""},
        ["a token that has ended: ", "closed at once, and Ana was welcomed first"],
    ),
    "everybody may come in": (
        {"if name in BANNED:": "if False:"},
        ["a name that may not come in: ", "should be closed with 4403, and is open"],
    ),
    "looked at once": (
        {"asyncio.timeout(end - time.monotonic())": "asyncio.timeout(60)"},
        ["a token that ends meanwhile: Ana came in with a token for 1 second", "time.monotonic"],
    ),
}


async def test_each_door_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        names = solution("door-text", run_cells("tokens"), changes)
        return await check_door(names["door"], names["new_token"])

    await hold(check, WRONG, findings=6)
