"""What the lines of an offer or an answer for a data channel say (SDP, RFC 8866 and RFC 9429)."""

from __future__ import annotations

from dataclasses import dataclass

from chatlib.wire import show

# By the beginning of a line; the first that fits counts.
MEANINGS = {
    "v=": "the version of SDP",
    "o=": "who made this description: a random number, and its version",
    "s=": "a title; nobody uses it here",
    "t=": "when the session begins and ends: 0 0 is “not planned”",
    "a=group:BUNDLE": "all that is listed goes over one connection",
    "a=extmap-allow-mixed": "for audio and video only",
    "a=msid-semantic": "for audio and video only",
    "m=application": "one data connection: SCTP, inside DTLS, inside UDP; its port of a candidate",
    "c=": "the address to that port",
    "b=": "a limit on the bandwidth",
    "a=mid": "the name of this connection in “BUNDLE” above",
    "a=sctp-port": "the SCTP port, inside: always 5000",
    "a=max-message-size": "the longest message that this peer takes, in bytes",
    "a=end-of-candidates": "no more candidates will follow",
    "a=ice-ufrag": "the user name for ICE: who asks with it was told it by this description",
    "a=ice-pwd": "the password to it, for this connection only",
    "a=ice-options:trickle": "more candidates may follow, in messages of their own",
    "a=fingerprint": "the hash of this peer's certificate: DTLS is encrypted with whoever has it",
    "a=setup:actpass": "this peer can be client or server of DTLS: the answer chooses",
    "a=setup:active": "this peer is the client of DTLS: it begins",
    "a=setup:passive": "this peer is the server of DTLS: it waits",
}
KINDS = {
    "host": "an address of this computer's own",
    "srflx": "how a STUN server sees this computer from outside",
    "prflx": "how the other peer sees this computer",
    "relay": "an address at a TURN server, which passes everything on",
}
OTHER = "nothing that a data channel needs"


@dataclass(frozen=True, slots=True)
class ExplainedDescription:
    """The lines of an offer or an answer, each with what it says.

    Attributes:
        kind: "offer" or "answer".
        lines: Pairs of a line and its meaning.
    """

    kind: str
    lines: tuple[tuple[str, str], ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        title = f"{self.kind}: {len(self.lines)} lines"
        return show.table(title, ("line", "what it says"), self.lines, code=[0])


def explain_description(kind: str, sdp: str) -> ExplainedDescription:
    """Explain a session description.

    Args:
        kind: "offer" or "answer".
        sdp: Its text.
    """
    lines = tuple((shortened(line), meaning(line)) for line in sdp.splitlines() if line)
    return ExplainedDescription(kind, lines)


def meaning(line: str) -> str:
    """Return what one line says."""
    if line.startswith("a=candidate"):
        return candidate(line)
    return next((words for start, words in MEANINGS.items() if line.startswith(start)), OTHER)


def candidate(line: str) -> str:
    """Explain a candidate: `a=candidate:… component protocol priority address port typ kind`."""
    try:
        _, _, protocol, _, address, port, _, kind = line.split()[:8]
    except ValueError:
        return OTHER
    where = f"{address}, {protocol.upper()} port {port}"
    if address.endswith(".local"):
        where += " (the browser hides the address behind a random name)"
    return f"try to reach me here: {where}; {KINDS.get(kind, kind)}"


def shortened(line: str, limit: int = 72) -> str:
    """Cut a line that is long, as fingerprints are."""
    return line if len(line) <= limit else line[: limit - 1] + "…"
