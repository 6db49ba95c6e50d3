"""Handlers that refuse too little, too much, or the wrong ones."""

import asyncio
from types import SimpleNamespace

from chatlib.chapters.harder_scenarios.flood import check_flood
from tests.chapters.harder_scenarios.notebook_handlers import run_cells, said_of, solution

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
            "    allowance, before, refused = RATE, time.monotonic(), 0\n": "    refused = 0\n",
            "        now = time.monotonic()\n": "        global allowance, before\n"
            "        now = time.monotonic()\n",
        },
        ["the others, meanwhile: ", 'Budi should get {"type": "said"', "not outside"],
    ),
    "endless patience": (
        {"if refused > PATIENCE:": "if False:"},
        ["who goes on and on: Ana sent 65 messages at once. ", "1008, and is open", "After 20"],
    ),
    "it waits": (
        {"        if allowance >= 1:": "        await asyncio.sleep(0.001)\n        if True:"},
        ["somebody who floods: ", "15 of them were said"],
    ),
}


async def said(changes: dict[str, str]) -> str:
    names = solution("flood-text", run_cells(), changes)
    if "global" in "".join(changes.values()):  # on a slow machine too, no time passes for it
        names.update(allowance=5, before=0, time=SimpleNamespace(monotonic=lambda: 0))
    return said_of(await check_flood(names["polite"], rate=5, patience=20))


async def test_the_solution_lets_talk_who_is_not_too_fast():
    names = solution("flood-text", run_cells(), {})
    report = await check_flood(names["polite"], rate=5, patience=20)
    assert report.passed and len(report.findings) == 5, str(report)


async def test_each_wrong_handler_gets_its_sentence():
    heard = await asyncio.gather(*(said(changes) for changes, _ in WRONG.values()))
    for (name, (_, parts)), words in zip(WRONG.items(), heard, strict=True):
        assert [part for part in parts if part not in words] == [], f"{name}: {words}"
