"""Guards that let in too many, or too few."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from chatlib.chapters.harder_scenarios import origin
from chatlib.chapters.harder_scenarios.origin import askers, check_origin
from chatlib.kernel import watchdog
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, solution

OWN = "http://127.0.0.1:8765"
TEST = "origin is None or origin == OWN"
WRONG = {
    "nobody": ({TEST: "False"}, ["your own page: ", "the status is 403, and 101 was expected"]),
    "pages only": (
        {TEST: "origin == OWN"},
        ["a program without Origin: With no Origin, the status is 403"],
    ),
    "everybody": (
        {TEST: "True"},
        ["another site: With Origin: https://evil.example, the status is 101"],
    ),
    "any port": (
        {TEST: "origin is None or origin.startswith('http://127.0.0.1:')"},
        ["another port: With Origin: http://127.0.0.1:1, ", "The port belongs to the Origin."],
    ),
    "the end": (
        {TEST: "origin is None or origin.endswith(OWN.partition('://')[2])"},
        ["another scheme: With Origin: https://127.0.0.1:8765"],
    ),
    "the beginning": (
        {TEST: "origin is None or origin.startswith(OWN)"},
        ["a longer name: With Origin: http://127.0.0.1:8765.evil.example, the status is 101"],
    ),
    "a part": (
        {TEST: "origin is None or origin.rstrip('x').endswith(OWN)"},
        ["a name around yours: "],
    ),
    "null as well": (
        {TEST: "origin in (None, 'null', OWN)"},
        ["a page in a sandbox: With Origin: null"],
    ),
    "only True or False": (
        {f"if {TEST}:\n        return None": f"if {TEST}:\n        return True"},
        ["your own page: ", "500", "Your function returned True. Return None, or what"],
    ),
    "an error": (
        {TEST: "origin.lower() == OWN"},
        ["a program without Origin: ", "500", "AttributeError"],
    ),
}


async def test_each_guard_gets_its_sentence(nothing_is_left_behind: None):
    async def check(changes: dict[str, str]) -> Report:
        guard = solution("guard-text", {"OWN": OWN, "asyncio": asyncio}, changes)["guard"]
        return await check_origin(guard, OWN)

    await hold(check, WRONG, findings=len(askers(OWN)))


async def test_a_guard_that_never_ends_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watchdog, "PATIENCE", 0.3)
    monkeypatch.setattr(origin, "ANSWERS_WITHIN", 1)

    def blocks(connection: object, request: object) -> None:
        while True:
            pass

    async def waits(connection: object, request: object) -> None:
        await asyncio.Event().wait()

    def closes(connection: ServerConnection, request: object) -> None:
        connection.transport.abort()

    said = str(await check_origin(closes, OWN))
    assert "your own page: " in said and "the connection ended without an answer, and 101" in said
    said = str(await check_origin(blocks, OWN))
    assert "your own page: " in said and "blocks kept everything else waiting" in said
    assert said.count("while True") == 1 and "raised Blocked" not in said
    said = str(await check_origin(waits, OWN))
    assert f"your own page: With Origin: {OWN}, nothing came within 1 seconds" in said
