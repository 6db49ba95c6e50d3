"""Cells of notebook 07, with programs that answer when it suits them least."""

import ast
import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any

import nbformat

from chatlib import Lab
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "07_one_room.ipynb"


async def result_of(cell: str, names: dict[str, Any]) -> Any:
    """Run a cell with these names, and return the value of its last line."""
    cells = {each.id: each.source for each in nbformat.read(NOTEBOOK, as_version=4).cells}
    *before, last = ast.parse(cells[cell]).body
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
