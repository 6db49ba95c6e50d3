"""What came of a misbehaviour, read from the trace of its connection."""

from __future__ import annotations

from dataclasses import dataclass

from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, Misbehaviour
from chatlib.wire import show
from chatlib.wire.frames import Side
from chatlib.wire.trace import Ended, Trace

NO_ANSWER = "nothing at all"
CUT = "the connection is cut"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One misbehaviour that was tried.

    Attributes:
        misbehaviour: What was tried.
        happened: What the trace shows, usually one of `OUTCOMES`.
        detail: What the other side said about it, such as the close reason; often empty.
        trace: Everything that was on the wire.
    """

    misbehaviour: Misbehaviour
    happened: str
    detail: str
    trace: Trace

    @property
    def remark(self) -> str:
        """How this stands to RFC 6455."""
        if self.happened == self.misbehaviour.expected:
            return "So a strict program does it."
        usual = f"A strict program answers otherwise: {self.misbehaviour.expected}."
        return f"{usual} {self.misbehaviour.leeway}".rstrip()

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The outcome as (name, text)."""
        tried = self.misbehaviour
        said = f"{self.happened}: {self.detail}" if self.detail else self.happened
        return (
            ("What was wrong", tried.name),
            ("The wire said", said),
            ("The rule", f"“{tried.rule}” ({tried.section})"),
            ("Remark", self.remark),
        )

    def __repr__(self) -> str:
        """Say what was tried and what happened."""
        return f"<Outcome of {self.misbehaviour.name}: {self.happened}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        table = show.html_table("A rule was broken", ("", "what happened"), self.lines)
        return show.bundle("\n".join(f"{name}: {text}" for name, text in self.lines), table)


def happened(trace: Trace, misbehaviour: Misbehaviour) -> tuple[str, str] | None:
    """Return what the other side did, and what it said about it; None while it did nothing."""
    if misbehaviour.breaker == "server":
        return _client_did(trace)
    response = trace.response
    if response is not None and response.status != 101:
        return f"status {response.status}", response.reason
    for frame in trace.frames("server"):
        if frame.kind == "close":
            code = "without a code" if frame.close_code is None else str(frame.close_code)
            return f"close {code}", frame.close_reason or ""
        if frame.kind in ("text", "binary"):
            return GOES_ON, ""
    return (CUT, "") if ended(trace, "server") else None


def _client_did(trace: Trace) -> tuple[str, str] | None:
    if trace.response is None:
        return None
    if trace.frames("client"):
        return GOES_ON, ""
    return (LEAVES, "") if ended(trace, "client") else None


def ended(trace: Trace, side: Side) -> bool:
    """Say whether one side has ended its direction of the TCP connection."""
    return any(isinstance(each.item, Ended) and each.sender == side for each in trace.events)
