"""A check of the learner's waits between two attempts to connect."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

from chatlib.driving.served_handler import told
from chatlib.kernel.watchdog import watched
from chatlib.questions.report import Finding, Report, shorten

SAMPLES = 200  # calls for one number of an attempt
SOON = 3.0  # seconds that the first wait may take
LONGEST = 120.0  # seconds that any wait may take
STEP = 1.4  # the factor by which the waits must grow, at least, from an attempt to the next one
GROWING = 4  # attempts in which they must grow
MANY = 5000  # attempts of a client that was left alone for days
APART = 0.4  # of the longest wait: the shortest must be further away from it than this
DIFFERENT = 20  # waits among the samples, at least

OPEN = "Not written yet. Write the function, then run the cell again."


async def check_delay(delay: Callable[[int], Any]) -> Report:
    """Check `delay(attempt)`: seconds to wait before attempt number 1, 2, 3 ….

    Args:
        delay: The learner's function.
    """

    async def findings() -> list[Finding]:
        found = []
        for name, case in CASES.items():
            mistake = case(delay)
            found.append(Finding(name, not mistake, mistake or "Yes."))
            if mistake:
                break
        return found

    try:
        return Report.of(await watched(findings, name="delay")())
    except NotImplementedError:
        return Report.of([Finding("delay", None, OPEN)])
    except Exception as error:
        return Report.of([Finding("delay", False, told(error, delay))])


def _is_a_wait(delay: Callable[[int], Any]) -> str:
    for attempt in range(1, GROWING + 1):
        for wait in (delay(attempt) for _ in range(SAMPLES)):
            if iscoroutine(wait):
                wait.close()
                return "delay must be a plain def, not async def: it only computes a number."
            if wait is None:
                return f"delay({attempt}) returned None. Is there a return on every way out of it?"
            if not isinstance(wait, int | float) or isinstance(wait, bool):
                return f"delay({attempt}) returned {shorten(wait)}: return a number of seconds."
            if wait < 0:
                return f"delay({attempt}) returned {wait:.3g}: nobody can wait less than 0 seconds."
    return ""


def _starts_short(delay: Callable[[int], float]) -> str:
    longest = _longest(delay, 1)
    if longest > SOON:
        return (
            f"delay(1) was up to {longest:.3g} seconds. Most outages are short: the first wait "
            f"must not be longer than {SOON:g} seconds."
        )
    return (
        "" if longest > 0.01 else "delay(1) is 0: the first attempt of all clients comes at once."
    )


def _grows(delay: Callable[[int], float]) -> str:
    longest = [_longest(delay, attempt) for attempt in range(1, GROWING + 1)]
    if longest[-1] >= longest[0] * STEP ** (GROWING - 1):
        return ""
    return (
        f"The longest waits for the attempts 1 to {GROWING} are "
        f"{', '.join(f'{each:.3g}' for each in longest)} seconds. They must grow: for example, "
        "double them with each attempt, 2 ** attempt."
    )


def _ends_growing(delay: Callable[[int], float]) -> str:
    try:
        longest = max(_longest(delay, attempt) for attempt in (20, 60, MANY))
    except OverflowError:
        return (
            f"delay({MANY}) raised OverflowError: 2 ** {MANY} is too large for a float. Limit the "
            "number of the attempt first, as in 2 ** min(attempt, 10)."
        )
    if longest <= LONGEST:
        return ""
    return (
        f"After 20 attempts or more, a client would wait {longest:.3g} seconds. Nobody waits so "
        f"long: use min(…, 30), or any limit up to {LONGEST:g} seconds."
    )


def _jitters(delay: Callable[[int], float]) -> str:
    waits = [delay(GROWING) for _ in range(SAMPLES)]
    shortest, longest = min(waits), max(waits)
    if shortest == longest:
        return (
            f"delay({GROWING}) is always {shortest:.3g}: all clients come back at the same moment. "
            "Add jitter: random.uniform(0, wait) instead of wait."
        )
    if longest - shortest < APART * longest:
        return (
            f"delay({GROWING}) lies between {shortest:.3g} and {longest:.3g}: that is too close "
            "together, the crowd stays a crowd. Take a random number between 0 and the wait."
        )
    if (different := len(set(waits))) < DIFFERENT:
        return (
            f"delay({GROWING}) has only {different} different values: clients come back in "
            f"{different} crowds. random.uniform gives any number, random.randint whole ones."
        )
    return ""


def _longest(delay: Callable[[int], float], attempt: int) -> float:
    return max(delay(attempt) for _ in range(SAMPLES))


CASES: dict[str, Callable[[Callable[[int], Any]], str]] = {
    "it returns seconds": _is_a_wait,
    "the first wait is short": _starts_short,
    "the waits grow": _grows,
    "they do not grow for ever": _ends_growing,
    "no two clients wait alike": _jitters,
}
