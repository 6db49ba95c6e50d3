"""`@step` and `check_step`: every step of the server, found by the name of its function."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import aclosing
from difflib import get_close_matches
from functools import wraps
from inspect import iscoroutine, iscoroutinefunction, signature, unwrap
from traceback import walk_tb
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
from chatlib.chapters.build_a_server.drive import Findings, ServerStep
from chatlib.driving.awaits import never_awaited
from chatlib.questions.report import Finding, Report, shorten

Function = TypeVar("Function", bound=Callable[..., Any])

STEPS: dict[str, ServerStep] = {
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


class StepError(ValueError):
    """This cannot be checked. A notebook shows the sentence, and no line of the course's code."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def step(function: Function) -> Function:
    """Let the course's function of the same name do the work while this one is not written yet.

    Not written yet means that it raises `NotImplementedError`. The written one is not changed.

    Raises:
        StepError: If no step has this name.
    """
    lent = _step_of(function).given

    @wraps(function)
    async def waiting(*args: Any, **options: Any) -> Any:
        try:
            return await function(*args, **options)
        except NotImplementedError as error:
            _raise_what_it_called(error)
            return await lent(*args, **options)

    @wraps(function)
    def direct(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except NotImplementedError as error:
            _raise_what_it_called(error)
            return lent(*args, **options)

    return cast(Function, waiting if iscoroutinefunction(function) else direct)


def _raise_what_it_called(error: NotImplementedError) -> None:
    """Raise the error again if not the function itself raised it, but what it was given to call."""
    if len(list(walk_tb(error.__traceback__))) > 2:
        raise error


async def check_step(function: Callable[..., Any], **parts: Callable[..., Any]) -> Report:
    """Drive one function of the learner's server over real TCP connections.

    The check stops at the first thing that is not right. It takes at most a few seconds, may be
    run again, and leaves no port and no task.

    Args:
        function: The function; its name says which step it is.
        **parts: What the step needs besides: `talk` for `serve`, `serve` for `everybody`.

    Raises:
        StepError: If no step has this name, or another part is needed.
    """
    step, name, learner = _step_of(function), function.__name__, unwrap(function)
    _ask_for_parts(step, parts.keys())
    if mistake := _begins_wrong(learner, step.given):
        return Report.of([Finding(name, False, mistake)])
    with never_awaited() as sentences:
        try:
            findings = await _findings(step.check(learner, **parts))
        except NotImplementedError:
            return Report.of([Finding(name, None, OPEN)])
    if sentences:  # Nothing else that is wrong can be trusted then.
        findings = [one for one in findings if one.right] + [Finding(name, False, sentences[0])]
    return Report.of(findings)


async def _findings(checking: Findings) -> list[Finding]:
    """Return what a check finds, up to the first thing that is not right."""
    findings: list[Finding] = []
    async with aclosing(checking):
        async for finding in checking:
            findings.append(finding)
            if not finding.right:
                break
    return findings


def _begins_wrong(learner: Callable[..., Any], given: Callable[..., Any]) -> str:
    """Say how a function must begin if it is a coroutine function and must not be, or must be."""
    name = given.__name__
    if iscoroutinefunction(learner) == iscoroutinefunction(given):
        return ""
    if iscoroutinefunction(learner):
        return f"{name} waits for nothing. Write def {name}(…), without async."
    return f"{name} waits for its client. Write async def {name}(…)."


def _step_of(function: Callable[..., Any]) -> ServerStep:
    """Return the step that has the name of this function.

    Raises:
        StepError: If there is none.
    """
    if not callable(function):
        raise StepError(f"Give the function itself{_without_parentheses(function)}.")
    name = getattr(function, "__name__", "such a function")
    if name not in STEPS:
        nearest = "".join(f" Did you mean {one}?" for one in get_close_matches(name, STEPS, n=1))
        steps = ", ".join(STEPS)
        raise StepError(f"No step is called {name}.{nearest} The steps are {steps}.")
    return STEPS[name]


def _without_parentheses(given: object) -> str:
    if not iscoroutine(given):
        return f", without parentheses, not {shorten(given)}"
    given.close()  # Python would warn of it in a later cell.
    return f": {given.__name__}, without parentheses"


def _ask_for_parts(step: ServerStep, parts: Collection[str]) -> None:
    kinds = signature(step.check).parameters.values()
    needed = [one.name for one in kinds if one.kind is one.KEYWORD_ONLY]
    if needed != list(parts):
        call = ", ".join([step.given.__name__, *(f"{part}=…" for part in needed)])
        more = "one thing more" if needed else "nothing more"
        raise StepError(f"This step needs {more}: await check_step({call}).")
