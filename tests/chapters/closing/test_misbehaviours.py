"""The table: each misbehaviour breaks the rule that it names, and the bytes show it."""

import pytest

from chatlib.chapters.closing.misbehaviours import (
    LEAVES,
    MASKING_KEY,
    MESSAGE,
    MISBEHAVIOURS,
    Misbehaviour,
)
from chatlib.wire.dissector import Dissector
from chatlib.wire.handshake import request_problem, response_problem
from chatlib.wire.heads import parse_request, parse_response

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
OF_FRAMES = [each for each in MISBEHAVIOURS.values() if each.frames]
OF_REQUESTS = [each for each in MISBEHAVIOURS.values() if each.replace]


def named(misbehaviour: Misbehaviour) -> str:
    return misbehaviour.name


def test_the_table_is_complete():
    assert len(MISBEHAVIOURS) == 12
    assert len(OF_FRAMES) == 9
    assert len(OF_REQUESTS) == 2
    assert all(each.expected in each.outcomes for each in MISBEHAVIOURS.values())
    assert all(each.section.startswith("RFC 6455 §") for each in MISBEHAVIOURS.values())


@pytest.mark.parametrize("misbehaviour", OF_FRAMES, ids=named)
def test_its_frames_are_broken_and_its_request_is_not(misbehaviour: Misbehaviour):
    head = misbehaviour.request("127.0.0.1:80", KEY)
    assert request_problem(parse_request(head)) is None
    dissector = Dissector("client")
    items = dissector.feed(head + misbehaviour.shown_bytes)
    problems = [problem for item in items for problem in item.problems]
    # How much is too much is each server's own affair.
    assert bool(problems) == (misbehaviour.expected != "close 1009")
    for problem in problems:
        wanted = int(misbehaviour.expected.removeprefix("close "))
        assert problem.close_code == wanted, problem


@pytest.mark.parametrize("misbehaviour", OF_REQUESTS, ids=named)
def test_its_request_is_one_to_refuse(misbehaviour: Misbehaviour):
    assert request_problem(parse_request(misbehaviour.request("127.0.0.1:80", KEY)))
    assert misbehaviour.shown_bytes.startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")


def test_the_wrong_response_is_wrong_in_one_value():
    misbehaviour = MISBEHAVIOURS["a server that sends a wrong accept value"]
    request = parse_request(misbehaviour.request("127.0.0.1:80", KEY))
    response = parse_response(misbehaviour.response(KEY))
    problem = response_problem(request, response)
    assert problem is not None
    assert "Sec-WebSocket-Accept" in problem.rule
    assert misbehaviour.expected == LEAVES
    assert misbehaviour.shown_bytes == misbehaviour.response(KEY)


def test_what_a_frame_carries_is_a_message_that_the_chat_understands():
    carried = [frame.payload for each in OF_FRAMES for frame in each.frames]
    assert carried.count(MESSAGE) == 4
    masked = [frame for each in OF_FRAMES for frame in each.frames if frame.masking_key]
    assert {frame.masking_key for frame in masked} == {MASKING_KEY}
