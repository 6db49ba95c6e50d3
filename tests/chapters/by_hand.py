"""What holds for every function that is written by hand."""

from collections.abc import Callable
from typing import Any

from chatlib.driving.by_hand import Exercise


def hears(exercise: Exercise, wrong: Callable[..., Any], says: str) -> None:
    """A wrong function is told what is wrong, and with which arguments."""
    (finding,) = exercise.check(wrong).findings
    assert finding.right is False
    assert says in finding.feedback, finding.feedback
    assert f"{exercise.name}(" in finding.feedback


def is_sound(exercise: Exercise, right: Callable[..., Any]) -> None:
    """A right function passes, some inputs are new, and each known mistake shows at least once."""
    report = exercise.check(right)
    assert report.passed and "Right for" in report.findings[0].feedback
    first, second = exercise.inputs(), exercise.inputs()
    assert len(first) == len(second) >= 5
    assert first != second
    told = [
        (sentence.split('"')[0], value != exercise.right(*arguments))
        for arguments in first
        for value, sentence in exercise.mistakes(*arguments)
    ]
    # A sentence may name the code of its try, so it is known by its beginning.
    every = {sentence for sentence, _ in told}
    assert len(every) >= 5
    assert {sentence for sentence, wrong in told if wrong} == every
