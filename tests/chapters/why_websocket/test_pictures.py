"""The three pictures of a comparison, and what they say to whoever does not see them."""

import pytest

from chatlib.chapters.why_websocket.pictures import bytes_per_message, latencies, time_line
from chatlib.chapters.why_websocket.records import Load
from chatlib.chapters.why_websocket.results import NotMeasured, Results
from tests.chapters.why_websocket.examples import results


def test_latencies_name_the_fastest_and_the_slowest():
    picture = latencies(results())
    assert "smallest median is 2.00 ms (<b>push</b>)" in picture.description
    assert "largest is 600 ms (polling)" in picture.description
    assert "600 ms" in picture.svg and "&lt;b&gt;push" in picture.svg


def test_methods_that_delivered_nothing_are_left_out():
    assert "lost" not in latencies(results()).svg
    assert "lost" not in bytes_per_message(results()).svg
    assert "lost" not in time_line(results()).svg


def test_bytes_are_shown_in_both_directions():
    picture = bytes_per_message(results())
    assert "<b>push</b> needs least, 200 in both directions together" in picture.description
    assert "polling needs most, 400" in picture.description
    assert "client → server" in picture.svg and "server → client" in picture.svg
    assert "polling      200" in picture._repr_mimebundle_()["text/plain"]


def test_the_time_line_tells_each_chunk():
    shown = time_line(results())._repr_mimebundle_()["text/plain"]
    assert "polling: 600 ms" in shown
    assert "→ 155 bytes at -10.0, ← 60 bytes at 600.0, ★ 600.0" in shown


@pytest.mark.parametrize("draw", [latencies, bytes_per_message, time_line])
def test_nothing_measured_is_said(draw):
    with pytest.raises(NotMeasured, match="Nothing was measured"):
        draw(Results([], Load()))
