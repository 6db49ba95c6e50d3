"""`check_by_hand`: a small function of the learner's, tried with inputs that are new each time.

What each function must do, and the mistakes that people make in it, stand in `hand_exercises`.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine, iscoroutinefunction
from typing import Any

from chatlib.questions.checks import OPEN
from chatlib.questions.hand_exercises import EXERCISES, Exercise
from chatlib.questions.report import Finding, Report, difference, raised, shorten

NOTHING_TO_AWAIT = "Nothing is awaited here: a plain function is enough."


def check_by_hand(function: Callable[..., Any]) -> Report:
    """Try a function of the learner's with several inputs, and stop at the first wrong answer.

    Args:
        function: `accept`, `unmask`, `length_bytes` or `close_frame`; its name says what it must
            do. It may return `...` or raise `NotImplementedError` while it is not written.

    Raises:
        ValueError: If no exercise has this name.
    """
    name = getattr(function, "__name__", "")
    if not callable(function) or name not in EXERCISES:
        raise ValueError(
            f"Give check_by_hand one of these functions, without parentheses after its name: "
            f"{', '.join(EXERCISES)}."
        )
    if iscoroutinefunction(function):
        sentence = f"{NOTHING_TO_AWAIT} Write `def {name}`, not `async def {name}`."
        return Report.of([Finding(name, False, sentence)])
    return Report.of([_check(function, name, EXERCISES[name])])


def _check(function: Callable[..., Any], name: str, exercise: Exercise) -> Finding:
    inputs = exercise.inputs()
    for arguments in inputs:
        call = f"{name}({', '.join(map(shorten, arguments))})"
        try:
            answer = function(*arguments)
        except NotImplementedError:
            return Finding(name, None, OPEN)
        except (Exception, SystemExit) as error:
            return Finding(name, False, f"{call}: {raised(error, function)}")
        if answer is ...:
            return Finding(name, None, OPEN)
        if wrong := _wrong(answer, exercise, arguments):
            return Finding(name, False, f"{call}: {wrong}")
    return Finding(name, True, f"Right for {len(inputs)} inputs; the last one was {call}.")


def _wrong(answer: object, exercise: Exercise, arguments: tuple[Any, ...]) -> str:
    """Say what is wrong with an answer; "" if nothing is."""
    expected = exercise.right(*arguments)
    if answer is None:
        return "your function gave None. Did you forget `return`?"
    if iscoroutine(answer):
        answer.close()
        return f"your function gave a coroutine. {NOTHING_TO_AWAIT}"
    if type(answer) is not type(expected):
        wanted, got = type(expected).__name__, type(answer).__name__
        return f"{wanted} was expected, but your function gave {got}. {exercise.type_hint}"
    if answer == expected:
        return ""
    mistakes = (sentence for value, sentence in exercise.mistakes(*arguments) if value == answer)
    return f"{difference(answer, expected)} {next(mistakes, exercise.hint)}"
