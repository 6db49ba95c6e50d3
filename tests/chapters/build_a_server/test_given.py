"""The course's own server passes every check of the course, and the notebook teaches the same."""

import ast
import inspect
import re
from collections.abc import Iterator

import nbformat
import pytest

from chatlib.chapters.build_a_server import given
from chatlib.chapters.build_a_server.check import check_step
from chatlib.chapters.build_a_server.step import STEPS
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "05_build_a_server.ipynb"


async def echo(reader: given.StreamReader, writer: given.StreamWriter) -> None:
    while (message := await given.receive(reader, writer)) is not None:
        if isinstance(message, str):
            writer.write(given.frame(given.TEXT, message.encode()))
        else:
            writer.write(given.frame(given.BINARY, message))
        await writer.drain()


PARTS = {"serve": {"talk": echo}, "everybody": {"serve": given.serve}}


@pytest.mark.parametrize("name", STEPS)
async def test_it_passes_the_check(name: str):
    for _ in range(2):
        report = await check_step(getattr(given, name), **PARTS.get(name, {}))
        assert report.passed, str(report)
        assert len(report.findings) >= 3


def solutions() -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        for code in re.findall(r"```python\n(.*?)```", cell.source, re.DOTALL):
            yield from (
                node
                for node in ast.parse(code).body
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            )


def test_the_notebook_has_a_solution_for_each_step_and_counts_its_lines():
    found = list(solutions())
    assert [function.name for function in found] == list(STEPS)
    lines = [function.end_lineno - function.lineno + 1 for function in found]
    text = " ".join(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells)
    assert f"The solutions of this page have {sum(lines)} lines together" in text
    assert f"The first six steps, which are a whole server, have {sum(lines[:6])}." in text


@pytest.mark.parametrize("name", STEPS)
def test_the_solutions_rules_are_those_of_the_given_function(name: str):
    """The same errors, numbers and texts of the protocol stand in both."""
    solution = next(function for function in solutions() if function.name == name)
    ours = ast.parse(inspect.getsource(getattr(given, name))).body[0]
    assert isinstance(ours, ast.FunctionDef | ast.AsyncFunctionDef)
    ours.body = ours.body[1:]  # without the docstring
    assert constants(solution) <= constants(ours)


def constants(node: ast.AST) -> set[object]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
