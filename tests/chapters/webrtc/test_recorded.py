"""The recording shows what the notebook says, and can be made again."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from chatlib.chapters.webrtc import recorded as module
from chatlib.chapters.webrtc.channel_runs import MESSAGES, OUTAGE, ChannelRun
from chatlib.chapters.webrtc.ladder import SERVER
from chatlib.chapters.webrtc.recorded import Session, record, recorded
from chatlib.chapters.webrtc.session_description import explain_description
from tests.chapters.webrtc.test_bad_network import FOUR


def test_the_server_carries_an_offer_and_an_answer_and_then_nothing():
    session = recorded()
    over = [row for row in session.talk.rows if SERVER in (row.sender, row.receiver)]
    kinds = [row.what for row in over]
    assert kinds[:4] == ["offer", "offer", "answer", "answer"]
    assert all(kind.startswith("close") for kind in kinds[4:])
    last = session.talk.rows[-1]
    assert SERVER not in (last.sender, last.receiver) and last.time > over[-1].time
    assert "a=candidate" in session.offer
    assert len(explain_description("offer", session.offer).lines) > 10


@pytest.mark.parametrize("experiment", ["loss", "outage"])
def test_the_channels_differ_as_the_notebook_says(experiment: str):
    websocket, ordered, unordered, no_retransmits = getattr(recorded(), experiment).runs
    assert websocket.channel == "WebSocket (recorded)"
    for run in (websocket, ordered, unordered):
        assert sorted(number for number, _ in run.arrivals) == list(range(MESSAGES))
    if experiment == "outage":
        assert websocket.after_outage > 20 > ordered.after_outage
        assert len(OUTAGE) * 0.5 < no_retransmits.of_outage < len(OUTAGE)
        assert no_retransmits.late > 0.1
    else:
        assert len(no_retransmits.arrivals) < MESSAGES * 0.95
        assert websocket.late > ordered.late > unordered.late > no_retransmits.late


def test_it_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    before = recorded()
    monkeypatch.setattr(module, "FILE", tmp_path / "recorded.json")
    record(Session(before.offer, before.talk, FOUR, FOUR))
    after = recorded()
    assert after.talk == before.talk
    assert after.loss.runs[0] == ChannelRun("WebSocket (recorded)", ((0, 0.0001),))
    with pytest.raises(AssertionError, match="record it on Linux"):
        record(msgspec.structs.replace(before, loss=replace(FOUR, runs=())))
