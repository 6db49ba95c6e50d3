"""What came of a misbehaviour, read from the trace of its connection."""

from __future__ import annotations

from dataclasses import dataclass

from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, Misbehaviour
from chatlib.wire import show
from chatlib.wire.frames import Frame, Side
from chatlib.wire.items import Ended
from chatlib.wire.trace import Trace

NO_ANSWER = "nothing at all"
CUT = "the connection is cut"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One misbehaviour that was tried.

    Attributes:
        misbehaviour: What was tried.
        happened: What the trace shows, usually one of the misbehaviour's `outcomes`.
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
    def sent(self) -> bytes:
        """The bytes that made the difference, as they were sent; empty if none were."""
        tried = self.misbehaviour
        if tried.frames:
            return tried.shown_bytes
        head = self.trace.response if tried.breaker == "server" else self.trace.request
        return b"" if head is None else head.raw

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """Why it happened, as (name, text)."""
        rule = f"“{self.misbehaviour.rule}” ({self.misbehaviour.section})"
        said = (("Its reason", self.detail),) if self.detail else ()
        return (*said, ("The rule", rule), ("Remark", self.remark))

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The outcome and the reasons, as (name, text)."""
        tried = ("What was wrong", self.misbehaviour.name)
        return (tried, ("The wire said", self.happened), *self.reasons)

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
        return f"status {response.status}", response.reason.strip()
    if response is not None and misbehaviour.replace:
        return GOES_ON, ""
    for frame in trace.frames("server"):
        if frame.kind == "close":
            return _closed(frame)
        if frame.kind in ("text", "binary"):
            return GOES_ON, ""
    return (CUT, "") if ended(trace, "server") else None


def _client_did(trace: Trace) -> tuple[str, str] | None:
    if trace.response is None:
        return None
    for frame in trace.frames("client"):
        return _closed(frame) if frame.kind == "close" else (GOES_ON, "")
    return (LEAVES, "") if ended(trace, "client") else None


def _closed(frame: Frame) -> tuple[str, str]:
    code = "without a code" if frame.close_code is None else str(frame.close_code)
    return f"close {code}", frame.close_reason or ""


def ended(trace: Trace, side: Side) -> bool:
    """Say whether one side has ended its direction of the TCP connection."""
    return any(isinstance(each.item, Ended) and each.sender == side for each in trace.events)
