"""What a learner is told about a wrong function, and the talk that the notebook gives."""

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

from chatlib.chapters.build_a_server.step3_read_frame import BINARY, TEXT
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.chapters.build_a_server.step5_receive import receive
from chatlib.chapters.build_a_server.steps import STEPS, check_step


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    while (message := await receive(reader, writer)) is not None:
        if isinstance(message, str):
            writer.write(frame(TEXT, message.encode()))
        else:
            writer.write(frame(BINARY, message))
        await writer.drain()


PARTS = {"serve": {"talk": echo}, "everybody": {"serve": STEPS["serve"].given}}


async def told(function: Callable[..., Any], name: str, **parts: Any) -> str:
    """Check a wrong function under the name of its step, and return what is said about it."""
    function.__name__ = name
    report = await check_step(function, **parts)
    assert not report.passed
    assert [finding.right for finding in report.findings[:-1]] == [True] * (
        len(report.findings) - 1
    )
    assert report.findings[-1].right is False
    return f"{report.findings[-1].name}: {report.findings[-1].feedback}"
