"""Cells of notebook 08, with programs that answer when it suits them least."""

import ast
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex
from types import MappingProxyType
from typing import Any

import nbformat
import websockets

from chatlib import Lab, check_value
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "08_one_room.ipynb"


async def result_of(
    cell: str, names: dict[str, Any], changed: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """Run a cell with these names, some of its text changed; return the value of its last line."""
    cells = {each.id: each.source for each in nbformat.read(NOTEBOOK, as_version=4).cells}
    source = cells[cell]
    for old, new in changed.items():
        assert source.count(old) == 1
        source = source.replace(old, new)
    *before, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    running = eval(compile(ast.Module(before, []), cell, "exec", flags=flag), names)
    if running is not None:
        await running
    return eval(compile(ast.Expression(last.value), cell, "eval", flags=flag), names)


class Program:
    """A program beside the kernel: it takes a line at once, and says it later."""

    runs = True

    def __init__(self, say: Callable[[str], Awaitable[object]], when: Callable[[], bool]) -> None:
        self.say = say
        self.when = when
        self.tasks: list[asyncio.Task[None]] = []

    async def write(self, line: str) -> None:
        self.tasks.append(asyncio.create_task(self.say_later(line)))

    async def say_later(self, line: str) -> None:
        while not self.when():
            await asyncio.sleep(0)
        await self.say(line)


async def test_everybody_is_heard_in_one_order_however_late_also_in_a_second_run():
    given = {"asyncio": asyncio, "token_hex": token_hex}
    async with asyncio.timeout(30), await Lab.start() as lab:
        ana, budi, nia, fajar = (lab.panel(name) for name in ("Ana", "Budi", "Nia", "Fajar"))
        for panel in (ana, budi, nia, fajar):
            await panel.connected()
        for run in (1, 2):
            # Fajar speaks at once, and Nia when everybody has heard him.
            last = Program(nia.say, lambda run=run: budi.text.count("And me!") == run)
            programs = {"nia": last, "fajar": Program(fajar.say, lambda: True)}
            heard = await result_of("order", {**given, "ana": ana, "budi": budi, **programs})
            assert heard[0] == heard[1]
            assert len(heard[0]) == 4 and "Me!" in heard[0][-1], heard
            for program in programs.values():
                await asyncio.gather(*program.tasks)


async def join_by_hand(lab: Lab, text: object) -> str:
    """Run the exercise with this in place of the dots, and return what is said about it."""
    names = {"asyncio": asyncio, "json": json, "websockets": websockets, "room": lab.tap}
    changed = {"my_join = ...": f"my_join = {text!r}"}
    report = await result_of("by-hand", {**names, "check_value": check_value}, changed)
    return str(report)


async def test_a_join_by_hand_shows_the_words_of_the_server():
    async with asyncio.timeout(30), await Lab.start() as lab:
        assert (await join_by_hand(lab, '{"type": "join", "name": "Hani"}')).startswith("✓ right")
        for wrong, says in {
            "join": "'error' is not right. The server says: ",
            '{"type": "join"}': "'error' is not right. The server says: ",
            '{"type": "say", "text": "Hi"}': "'error' is not right. The server says: ",
            "{'type': 'join', 'name': 'Hani'}": "'error' is not right. The server says: ",
        }.items():
            told = await join_by_hand(lab, wrong)
            assert says in told and told.endswith(".") and len(told.partition("says: ")[2]) > 20


async def test_a_join_by_hand_that_is_no_text_is_told_so():
    async with asyncio.timeout(30), await Lab.start() as lab:
        for wrong, kind in {"a dict": {"type": "join", "name": "Hani"}, "bytes": b"{}"}.items():
            told = await join_by_hand(lab, kind)
            assert f"This needs text, but the answer is {wrong}" in told
            assert "A message is text: write the JSON in quotation marks" in told
