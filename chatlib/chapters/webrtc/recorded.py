"""What Linux recorded of this chapter, for where it cannot run; `recorded.json` holds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from chatlib.chapters.webrtc.channel_runs import CHANNELS, ChannelRun, ChannelRuns
from chatlib.chapters.webrtc.ladder import WhoTalks

FILE = Path(__file__).with_suffix(".json")
DIGITS = 4  # of a second: tenths of a millisecond
RECORDED = " (recorded)"  # after the name of a channel


class Session(msgspec.Struct, frozen=True):
    """One run of the notebook.

    Attributes:
        offer: Ana's, as the text of the session description.
        talk: Who talked to whom.
        loss: The channels while one packet in ten was lost; their names say that it is recorded.
        outage: The same while for one second everything was lost.
    """

    offer: str
    talk: WhoTalks
    loss: ChannelRuns
    outage: ChannelRuns


def recorded() -> Session:
    """Return what was recorded."""
    return msgspec.json.decode(FILE.read_bytes(), type=Session)


def record(session: Session) -> None:
    """Write the recording anew, from runs of all channels: `tools.record_captures` does it."""
    for runs in (session.loss, session.outage):
        assert [run.channel for run in runs.runs] == list(CHANNELS), "record it on Linux"
    loss, outage = _marked(session.loss), _marked(session.outage)
    told = Session(session.offer, session.talk, loss, outage)
    FILE.write_bytes(msgspec.json.encode(told) + b"\n")


def _marked(runs: ChannelRuns) -> ChannelRuns:
    return replace(runs, runs=tuple(map(_marked_run, runs.runs)))


def _marked_run(run: ChannelRun) -> ChannelRun:
    """Name a channel as recorded, and leave out digits that nobody sees."""
    arrivals = tuple((number, round(took, DIGITS)) for number, took in run.arrivals)
    return ChannelRun(run.channel + RECORDED, arrivals)
