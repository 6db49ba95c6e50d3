"""Handlers that refuse too little, too much, or the wrong ones."""

from chatlib.chapters.harder_scenarios.flood import check_flood
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

BEGINNING = """async def polite(connection):
    allowance, before, refused = RATE, time.monotonic(), 0
"""
WRONG = {
    "nobody talks": (
        {"if allowance >= 1:": "if False:"},
        ["somebody who talks: ", 'Ana should get {"type": "said", "text": "Halo"}'],
    ),
    "no limit": (
        {"if allowance >= 1:": "if True:"},
        ["somebody who floods: ", "15 of them were said, and 5 a second may be.", "Keep a number"],
    ),
    "closed at once": (
        {"if refused > PATIENCE:": "if refused:"},
        ["somebody who floods: ", "closed Ana's connection with 1008"],
    ),
    "no rest": (
        {"allowance + (now - before) * RATE": "allowance"},
        ["after a rest: Ana sent too much", "“May I?” was answered with", "grows again"],
    ),
    "one for all": (
        {
            BEGINNING: "allowance = RATE\n\n\nasync def polite(connection):\n    refused = 0\n",
            # No time passes for it, on a slow machine too.
            "now = time.monotonic()\n": "global allowance\n        now = before = 0\n",
        },
        ["the others, meanwhile: ", 'Budi should get {"type": "said"', "not outside"],
    ),
    "endless patience": (
        {"if refused > PATIENCE:": "if False:"},
        ["who goes on and on: Ana sent 65 messages at once. ", "1008, and is open", "After 20"],
    ),
    "patience for all messages": (
        {
            "        now = time": "        refused += 1\n        now = time",
            "        refused += 1\n        if": "        if",
        },
        ["who goes on and on: ", "closed with 1008 after 15 errors. 20 of her", "ends it"],
    ),
    "too patient": (
        {"if refused > PATIENCE:": "if refused > 2 * PATIENCE:"},
        ["who goes on and on: ", "closed with 1008 after 40 errors."],
    ),
    "no JSON": (
        {'json.dumps({"type": "error", "text": "Too fast: wait a second."})': '"Too fast."'},
        ["somebody who floods: ", "An answer was “Too fast.”. This is not JSON"],
    ),
    "a list": (
        {'{"type": "error", "text": "Too fast: wait a second."}': '["error"]'},
        ["somebody who floods: ", "This is JSON, but no object: a list."],
    ),
    "it waits": (
        {"        if allowance >= 1:": "        await asyncio.sleep(0.001)\n        if True:"},
        ["somebody who floods: ", "15 of them were said"],
    ),
}


async def test_each_handler_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        names = solution("flood-text", run_cells(), changes)
        return await check_flood(names["polite"], rate=5, patience=20)

    await hold(check, WRONG, findings=5)
