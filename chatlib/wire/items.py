"""What a dissector yields. Each item says which bytes of its direction it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from chatlib.wire import show
from chatlib.wire.frames import Frame
from chatlib.wire.heads import Request, Response
from chatlib.wire.rules import Problem

How = Literal["fin", "reset"]


@dataclass(frozen=True, slots=True)
class _Item:
    """A stretch of one direction's byte stream.

    Attributes:
        start: Offset of its first byte.
        end: Offset after its last byte.
        problems: The rules it breaks; empty when all is well.
    """

    start: int
    end: int
    problems: tuple[Problem, ...]

    def _problem_lines(self) -> list[str]:
        return [_problem_line(problem) for problem in self.problems]


@dataclass(frozen=True, slots=True)
class HandshakeItem(_Item):
    """The head of the request or of the response."""

    head: Request | Response

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _with_lines(self.head._repr_mimebundle_(), self._problem_lines())


@dataclass(frozen=True, slots=True)
class FrameItem(_Item):
    """One frame.

    Attributes:
        frame: Its fields.
        inflated: The inflated payload, if the message is compressed.
        whole: On the final fragment the whole message, joined and inflated.
        text: Whether that is text in UTF-8.
    """

    frame: Frame
    inflated: bytes | None = field(repr=False)
    whole: bytes | None = field(repr=False)
    text: bool = field(repr=False)

    @property
    def raw(self) -> bytes:
        """Its bytes on the wire."""
        return self.frame.encode()

    @property
    def message(self) -> str | bytes | None:
        """On the final fragment the message: str if it is text in UTF-8, else bytes."""
        return self.whole.decode() if self.text and self.whole is not None else self.whole

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _with_lines(self.frame._repr_mimebundle_(), list(self._lines()))

    def _lines(self) -> Iterator[str]:
        if self.inflated is not None:
            yield f"inflated payload: {show.hex_bytes(self.inflated)}"
        if self.message is not None and self.frame.payload != self.whole:
            yield f"whole message: {show.value(self.message)}"
        yield from self._problem_lines()


@dataclass(frozen=True, slots=True)
class Body(_Item):
    """What follows a head that did not open a WebSocket connection: HTTP content."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undecoded(_Item):
    """Bytes that cannot be dissected: not HTTP, without frame boundaries, or cut off."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended(_Item):
    """The end of one direction: "fin" is TCP's orderly end, "reset" an abrupt one."""

    how: How


Item = HandshakeItem | FrameItem | Body | Undecoded


def _problem_line(problem: Problem) -> str:
    return f"Problem at byte {problem.offset:,}: {problem.rule} ({problem.section})"


def _with_lines(shown: dict[str, str], lines: list[str]) -> dict[str, str]:
    text = "\n".join([shown["text/plain"], *lines])
    return show.bundle(text, shown["text/html"] + show.html_list(lines))
