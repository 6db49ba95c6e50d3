"""`@step` and `check_step`: every step of the server, found by the name of its function."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from typing import Any, TypeVar, cast

from chatlib.chapters.build_a_server import (
    step1_read_head,
    step2_handshake,
    step3_read_frame,
    step4_frame,
    step5_receive,
    step6_serve,
    step7_everybody,
)
from chatlib.chapters.build_a_server.drive import Step
from chatlib.questions.report import Finding, Report

Function = TypeVar("Function", bound=Callable[..., Any])

STEPS: dict[str, Step] = {
    module.STEP.given.__name__: module.STEP
    for module in (
        step1_read_head,
        step2_handshake,
        step3_read_frame,
        step4_frame,
        step5_receive,
        step6_serve,
        step7_everybody,
    )
}
OPEN = "Not written yet: the course's own function does this step. Write yours and run both cells."


def step(function: Function) -> Function:
    """Let the course's function of the same name do the work while this one is not written yet.

    Not written yet means that it raises `NotImplementedError`. The written one is not changed.

    Raises:
        ValueError: If no step has this name.
    """
    lent = _step_of(function).given

    @wraps(function)
    async def waiting(*args: Any, **options: Any) -> Any:
        try:
            return await function(*args, **options)
        except NotImplementedError:
            return await lent(*args, **options)

    @wraps(function)
    def direct(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except NotImplementedError:
            return lent(*args, **options)

    return cast(Function, waiting if iscoroutinefunction(function) else direct)


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
    drive = _step_of(function).check(unwrap(function), **parts)
    try:
        async with aclosing(drive):
            async for finding in drive:
                findings.append(finding)
                if not finding.right:
                    break
    except NotImplementedError:
        return Report.of([Finding(function.__name__, None, OPEN)])
    return Report.of(findings)


def _step_of(function: Callable[..., Any]) -> Step:
    """Return the step that has the name of this function.

    Raises:
        ValueError: If there is none.
    """
    if function.__name__ not in STEPS:
        raise ValueError(f"No step is called {function.__name__!r}. Use one of {', '.join(STEPS)}.")
    return STEPS[function.__name__]
