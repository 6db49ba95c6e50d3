"""Each fault is on the wire, where the learner looks for it, and no other one is."""

import json
from itertools import pairwise

import pytest

from chatlib.chapters.harder_scenarios.faulty_chat import LOST, recorded
from chatlib.chapters.harder_scenarios.mystery import SUSPECTS


@pytest.mark.parametrize("fault", SUSPECTS)
async def test_its_own_fault_alone_is_on_the_wire(fault: str, nothing_is_left_behind: None):
    traces = await recorded(fault)
    assert [trace.name for trace in traces] == ["Ana", "Budi"]
    found = set()
    for trace in traces:
        frames = trace.frames("server")
        numbers = [
            json.loads(frame.payload)["n"]
            for frame in frames
            if frame.kind in ("text", "binary") and b'"n"' in frame.payload
        ]
        steps = [after - before for before, after in pairwise(numbers)]
        closes = trace.frames("server", "close")
        found |= {"twice"} if 0 in steps else set()
        found |= {"lost"} if max(steps) > 1 else set()
        found |= {"binary"} if trace.frames("server", "binary") else set()
        found |= {"goodbye"} if not closes else set()
        found |= {"error"} if any(f.payload[:2] == b"\x03\xf3" for f in closes) else set()
        assert fault != "lost" or trace.name == "Ana" or LOST not in numbers
        assert not any(event.cause for event in trace.events)
    assert found == {fault} - {"nothing"}
