"""Every step is found by its name; the course's own server passes, and the notebook teaches it."""

import ast
import asyncio
import gc
import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import nbformat
import psutil
import pytest

from chatlib.chapters.build_a_server.step4_frame import frame as given_frame
from chatlib.chapters.build_a_server.steps import STEPS, StepError, check_step, step
from chatlib.kernel import watchdog
from tests.chapters.build_a_server.told import PARTS
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "06_build_a_server.ipynb"


@pytest.mark.parametrize("name", STEPS)
async def test_it_passes_the_check(name: str):
    for _ in range(2):
        report = await check_step(STEPS[name].given, **PARTS.get(name, {}))
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
    ours = ast.parse(inspect.getsource(STEPS[name].given)).body[0]
    assert isinstance(ours, ast.FunctionDef | ast.AsyncFunctionDef)
    ours.body = ours.body[1:]  # without the docstring
    assert constants(solution) <= constants(ours)


def constants(node: ast.AST) -> set[object]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}


def skeleton_of(name: str) -> Callable[..., Any]:
    async def waiting(*_: object, **__: object) -> None:
        raise NotImplementedError

    def direct(*_: object) -> None:
        raise NotImplementedError

    skeleton = direct if name == "frame" else waiting
    skeleton.__name__ = name
    return skeleton


@pytest.mark.parametrize("name", STEPS)
async def test_a_function_that_is_not_written_is_open(name: str):
    skeleton = skeleton_of(name)
    for function in (skeleton, step(skeleton)):
        report = await check_step(function, **PARTS.get(name, {}))
        (finding,) = report.findings
        assert finding.name == name
        assert finding.right is None
        assert "Not written yet" in finding.feedback


async def test_the_last_function_is_open_also_when_the_learners_own_server_calls_it():
    @step
    async def serve(reader: Any, writer: Any, talk: Any) -> None:
        await STEPS["serve"].given(reader, writer, talk)

    (finding,) = (await check_step(skeleton_of("everybody"), serve=serve)).findings
    assert finding.right is None


async def test_another_name_is_refused():
    with pytest.raises(
        ValueError, match="No step is called skeleton_of_nothing. The steps are read_head"
    ):
        await check_step(skeleton_of("skeleton_of_nothing"))


async def test_the_learners_function_is_driven_and_not_the_lent_one():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        return given_frame(opcode, payload) + b"!"

    report = await check_step(frame)
    assert len(report.findings) == 1
    assert report.findings[0].right is False


async def test_a_check_that_is_interrupted_leaves_nothing():
    started = asyncio.Event()

    async def read_head(reader: asyncio.StreamReader) -> None:
        started.set()
        await asyncio.Event().wait()

    tasks = asyncio.all_tasks()
    checking = asyncio.create_task(check_step(read_head))
    await started.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert asyncio.all_tasks() == tasks
    sockets = psutil.Process().net_connections("tcp")
    assert not [one for one in sockets if one.status == psutil.CONN_LISTEN]


def test_a_function_that_is_written_is_used():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        return b"mine"

    assert frame(1, b"") == b"mine"


def test_the_given_function_stands_in_for_one_that_is_not_written():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        raise NotImplementedError

    assert frame(1, b"Hi") == b"\x81\x02Hi"


async def test_the_same_for_coroutines():
    class Reader:
        async def readuntil(self, end: bytes) -> bytes:
            return b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

    @step
    async def read_head(reader: Reader) -> object:
        raise NotImplementedError

    assert await read_head(Reader()) == ("GET / HTTP/1.1", {"host": "here"})

    @step
    async def receive(reader: object, writer: object) -> str:
        return "mine"

    assert await receive(None, None) == "mine"


def test_an_error_of_the_learners_is_not_hidden():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        frame(1, b"")


def test_there_are_seven_steps_and_other_names_are_refused():
    assert len(STEPS) == 7

    def read_haed() -> None:
        pass

    with pytest.raises(ValueError, match="No step is called read_haed. Did you mean read_head?"):
        step(read_haed)


def test_another_name_is_told_in_one_sentence_with_the_nearest_step():
    def readhead() -> None:
        pass

    with pytest.raises(StepError) as caught:
        step(readhead)
    assert str(caught.value) == (
        "No step is called readhead. Did you mean read_head? The steps are read_head, handshake, "
        "read_frame, frame, receive, serve, everybody."
    )
    assert caught.value._render_traceback_() == [str(caught.value)]


async def test_a_function_of_the_wrong_kind_is_told_how_to_begin():
    async def frame(opcode: int, payload: bytes) -> bytes:
        return given_frame(opcode, payload)

    def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
        return "GET / HTTP/1.1", {}

    for function, says in (
        (frame, "frame waits for nothing. Write def frame(…), without async."),
        (read_head, "read_head waits for its client. Write async def read_head(…)."),
    ):
        (finding,) = (await check_step(function)).findings
        assert finding.right is False
        assert finding.feedback == says


async def shake_without_await(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    await STEPS["handshake"].given(reader, writer)
    writer.drain()
    return True


async def read_without_await(reader: asyncio.StreamReader) -> object:
    head = reader.readuntil(b"\r\n\r\n")
    return "GET /chat HTTP/1.1", {"host": head}


async def receive_without_await(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> object:
    fin, opcode, payload = STEPS["read_frame"].given(reader)
    return payload


async def serve_without_await(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, talk: Any
) -> None:
    if STEPS["handshake"].given(reader, writer):
        await talk(reader, writer)


@pytest.mark.parametrize(
    ("wrong", "name", "says"),
    [
        (shake_without_await, "handshake", "drain(…) was called without await, in shake_without"),
        (read_without_await, "read_head", "readuntil(…) was called without await, in read_wit"),
        (receive_without_await, "receive", "read_frame(…) was called without await, in receive_"),
        (serve_without_await, "serve", "handshake(…) was called without await, in serve_without"),
    ],
)
async def test_a_forgotten_await_is_named_and_leaves_no_warning(
    wrong: Callable[..., Any], name: str, says: str, recwarn: pytest.WarningsRecorder
):
    wrong.__name__ = name
    feedback = (await check_step(wrong, **PARTS.get(name, {}))).findings[-1].feedback
    assert feedback.startswith(says)
    assert "of its cell: “" in feedback
    assert "coroutine object" not in feedback
    gc.collect()
    assert not recwarn.list


async def test_an_awaited_value_that_is_no_coroutine_is_explained():
    def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
        return "GET / HTTP/1.1", {}

    async def handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line, headers = await read_head(reader)
        return bool(line and headers)

    (finding,) = (await check_step(handshake)).findings
    assert (
        "object tuple can't be used in 'await' expression, in handshake, line" in finding.feedback
    )
    assert finding.feedback.endswith(
        "Only what an async def returns can be awaited: write async before that def, or leave "
        "await out."
    )


@pytest.mark.parametrize(
    ("name", "parts", "says"),
    [
        ("serve", {}, "This step needs one thing more: await check_step(serve, talk=…)."),
        ("everybody", {"talk": 1}, "one thing more: await check_step(everybody, serve=…)."),
        ("frame", {"talk": 1}, "This step needs nothing more: await check_step(frame)."),
    ],
)
async def test_parts_that_a_step_needs_are_asked_for(name: str, parts: dict[str, Any], says: str):
    with pytest.raises(StepError) as caught:
        await check_step(STEPS[name].given, **parts)
    assert says in str(caught.value)


async def test_a_call_in_place_of_a_function_is_told_so(recwarn: pytest.WarningsRecorder):
    called: Any = STEPS["read_head"].given(asyncio.StreamReader())
    with pytest.raises(StepError, match="the function itself: read_head, without parentheses"):
        await check_step(called)
    with pytest.raises(StepError, match="Give the function itself, without parentheses, not 5"):
        await check_step(5)
    with pytest.raises(StepError, match="No step is called such a function"):
        await check_step(partial(given_frame, 1))
    del called
    gc.collect()
    assert not recwarn.list


def never_ends(opcode: int, payload: bytes) -> bytes:
    while True:
        pass


async def forgets_to_read_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes | None:
    fin, opcode, payload = await STEPS["read_frame"].given(reader)
    while opcode != 8:
        payload += b""
    return None


@pytest.mark.parametrize(
    ("wrong", "name", "line"),
    [(never_ends, "frame", "in never_ends"), (forgets_to_read_on, "receive", "in forgets_to_read")],
)
async def test_a_loop_without_await_ends_by_itself_and_is_named(
    wrong: Callable[..., Any], name: str, line: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watchdog, "PATIENCE", 0.3)
    wrong.__name__ = name
    (finding,) = (await check_step(wrong)).findings
    assert finding.right is False
    assert "seconds without a pause, so that nothing else could go on. It was stopped, " in (
        finding.feedback
    )
    assert line in finding.feedback and "of its cell: “" in finding.feedback
    assert "Does a loop there never end" in finding.feedback
