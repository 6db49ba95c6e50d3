"""A small function of the learner's, tried with inputs that are new each time.

The exercises stand with their notebooks: each knows the right answers, and the mistakes that
people make in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import iscoroutine, iscoroutinefunction
from typing import Any

from chatlib.kernel.watchdog import Blocked, bounded
from chatlib.questions.checks import OPEN
from chatlib.questions.report import Finding, Report, difference, raised, shorten

NOTHING_TO_AWAIT = "Nothing is awaited here: a plain function is enough."
# A wrong value, and what to say when it is the learner's.
Mistake = tuple[object, str]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One function to write.

    Attributes:
        name: What the function is called.
        inputs: Returns the arguments of each try; some are new each time.
        right: The right answer to these arguments.
        mistakes: What comes out if a well-known mistake is made with these arguments.
        hint: What to look at after any other mistake.
        type_hint: What to do if the answer has another type.
    """

    name: str
    inputs: Callable[[], list[tuple[Any, ...]]]
    right: Callable[..., str | bytes | list[bytes]]
    mistakes: Callable[..., Iterator[Mistake]]
    hint: str
    type_hint: str

    def check(self, function: Callable[..., Any]) -> Report:
        """Try a function of the learner's with several inputs, and stop at the first wrong answer.

        Args:
            function: It may return `...` or raise `NotImplementedError` while it is not written.

        Raises:
            ValueError: If this is no function.
        """
        if not callable(function):
            raise ValueError(f"Give the function {self.name} itself, without parentheses.")
        return Report.of([self._finding(function)])

    def _finding(self, function: Callable[..., Any]) -> Finding:
        if iscoroutinefunction(function):
            sentence = f"{NOTHING_TO_AWAIT} Write `def {self.name}`, not `async def {self.name}`."
            return Finding(self.name, False, sentence)
        inputs = self.inputs()
        for arguments in inputs:
            call = f"{self.name}({', '.join(map(shorten, arguments))})"
            try:
                answer = bounded(function, *arguments, name=self.name)
            except NotImplementedError:
                return Finding(self.name, None, OPEN)
            except Blocked as error:
                endless = f"your function ran for {error.seconds:.0f} seconds, {error.line}."
                return Finding(self.name, False, f"{call}: {endless} What ends its loop?")
            except (Exception, SystemExit) as error:
                return Finding(self.name, False, f"{call}: {raised(error, function)}")
            if answer is ...:
                return Finding(self.name, None, OPEN)
            if wrong := self._wrong(answer, arguments):
                return Finding(self.name, False, f"{call}: {wrong}")
        return Finding(self.name, True, f"Right for {len(inputs)} inputs; the last one was {call}.")

    def _wrong(self, answer: object, arguments: tuple[Any, ...]) -> str:
        """Say what is wrong with an answer; "" if nothing is."""
        expected = self.right(*arguments)
        if answer is None:
            return "your function gave None. Did you forget `return`?"
        if iscoroutine(answer):
            answer.close()
            return f"your function gave a coroutine. {NOTHING_TO_AWAIT}"
        if isinstance(answer, type(expected)) and answer == expected:
            return ""
        known = next((say for value, say in self.mistakes(*arguments) if _is(value, answer)), "")
        if isinstance(answer, type(expected)):
            return f"{difference(answer, expected)} {known or self.hint}"
        wanted, got = type(expected).__name__, type(answer).__name__
        if isinstance(expected, bytes) and isinstance(answer, bytearray | memoryview):
            known = "Put bytes(…) around your result."
        told = known or self.type_hint
        return f"{wanted} was expected, but your function gave {got}. {told}"


def _is(value: object, answer: object) -> bool:
    return type(value) is type(answer) and value == answer
