"""`check_step`: one check for each step, found by the name of the function."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from inspect import unwrap
from typing import Any

from chatlib.chapters.build_a_server import single, whole
from chatlib.chapters.build_a_server.step import checked_name
from chatlib.questions.report import Finding, Report

DRIVERS: dict[str, Callable[..., Any]] = {
    "read_head": single.heads,
    "handshake": single.handshakes,
    "read_frame": single.frames_in,
    "frame": single.frames_out,
    "receive": single.messages,
    "serve": whole.served,
    "everybody": whole.passed_on,
}
OPEN = "Not written yet: the course's own function does this step. Write yours and run both cells."


async def check_step(function: Callable[..., Any], **parts: Callable[..., Any]) -> Report:
    """Drive one function of the learner's server over real TCP connections.

    The check stops at the first thing that is not right. It takes at most a few seconds, may be
    run again, and leaves no port and no task.

    Args:
        function: The function; its name says which step it is.
        **parts: What the step needs besides: `talk` for `serve`, `serve` for `everybody`.

    Raises:
        ValueError: If no step has this name.
    """
    findings: list[Finding] = []
    drive = DRIVERS[checked_name(function)](unwrap(function), **parts)
    try:
        async with aclosing(drive):
            async for finding in drive:
                findings.append(finding)
                if not finding.right:
                    break
    except NotImplementedError:
        return Report.of([Finding(function.__name__, None, OPEN)])
    return Report.of(findings)
