"""Which channel for which use: the learner's choice, beside what was measured."""

from __future__ import annotations

from types import EllipsisType

from chatlib.chapters.webrtc.channel_runs import ChannelRun, ChannelRuns
from chatlib.questions.checks import OPEN
from chatlib.questions.report import Finding, Report

# What each has for it, and against it.
PLACES = {
    "WebSocket": "there is a server in the middle: it keeps the history, and lets people in",
    "ordered channel": "everything arrives in order, and the server does not carry it",
    "unordered channel": "everything arrives, but not in the order in which it was sent",
    "no retransmits": "what is lost stays lost",
    "media stream": "it is for sound and pictures from a microphone, a camera or a screen",
}
# What each use needs, and the channel that gives it.
USES = {
    "chat": (
        "WebSocket",
        "Who was away wants to read what was said, so a server must keep it. Nothing may be lost.",
    ),
    "game": (
        "no retransmits",
        "Only the newest position counts: an old one that comes late is worth nothing.",
    ),
    "file": (
        "ordered channel",
        "All bytes must arrive, in order, and two gigabytes need not go through your server.",
    ),
    "price": (
        "WebSocket",
        "The prices come from a server anyway, and thousands of clients all want the same ones.",
    ),
    "video": (
        "media stream",
        "A picture that comes late is worth nothing, and the codec knows what can be left out.",
    ),
}


def check_choices(runs: ChannelRuns, **choices: str | EllipsisType) -> Report:
    """Compare choices with what each use needs.

    Args:
        runs: What was measured.
        **choices: The channel for each use: `chat`, `game`, `file`, `price`,
            `video`; `...` for no answer.

    Raises:
        TypeError: If there is no such use.
    """
    if unknown := choices.keys() - USES.keys():
        raise TypeError(f"{sorted(unknown)} is not asked. Choose for {list(USES)}.")
    return Report.of(_finding(runs, use, choices.get(use, ...)) for use in USES)


def _finding(runs: ChannelRuns, use: str, choice: str | EllipsisType) -> Finding:
    if isinstance(choice, EllipsisType):
        return Finding(use, None, OPEN)
    if choice not in PLACES:
        return Finding(use, False, f"There is no “{choice}”. Choose one of {list(PLACES)}.")
    right, need = USES[use]
    measured = _measured(runs[choice]) if choice in runs else ""
    if choice == right:
        return Finding(use, True, f"{need} {measured}".strip())
    feedback = f"Think of this: {PLACES[choice]}. {measured}".strip()
    return Finding(use, False, feedback)


def _measured(run: ChannelRun) -> str:
    _, arrived, late, latest, out_of_order = run.words
    return (
        f"You measured on the bad network: {arrived} arrived, {late} late, the latest after"
        f" {latest}, {out_of_order} out of order."
    )
