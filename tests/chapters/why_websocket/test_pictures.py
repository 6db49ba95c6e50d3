"""The three pictures of a benchmark, and what they say to whoever does not see them."""

import xml.etree.ElementTree as ElementTree

import pytest

from chatlib.chapters.why_websocket.measurement import Sample
from chatlib.chapters.why_websocket.methods import Load
from chatlib.chapters.why_websocket.pictures import (
    FAMILIES,
    bytes_per_message,
    latencies,
    marks,
    time_line,
)
from chatlib.chapters.why_websocket.results import NotMeasured, Results
from chatlib.chapters.why_websocket.traffic import PassedChunk
from chatlib.panels.canvas import COLOURS
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


def sample(*chunks: tuple[str, float]) -> Sample:
    """Make a sample from senders and milliseconds after the message was said."""
    chunks = tuple(PassedChunk(time / 1000, sender, 60) for sender, time in chunks)
    return Sample(0.0, 0.06, chunks)


def test_chunks_of_one_answer_are_one_mark():
    poll = sample(("client", -40), ("server", -39.5), ("server", -39.4), ("client", 59.0))
    assert marks(poll, "client") == pytest.approx([-40, 59])
    assert marks(poll, "server") == pytest.approx([-39.5])


def test_no_two_marks_of_the_time_line_lie_on_one_another():
    """The marks of each sign have a height of their own: a poll's three come within 1 ms."""
    svg = ElementTree.fromstring(time_line(results()).svg)
    used = [use for use in svg.iter() if use.tag.endswith("}use")]
    places = {(use.get("x"), use.get("y")) for use in used}
    assert len(places) == len(used)


@pytest.mark.parametrize("draw", [latencies, bytes_per_message, time_line])
def test_nothing_measured_is_said(draw):
    with pytest.raises(NotMeasured, match="Nothing was measured"):
        draw(Results([], Load()))


@pytest.mark.parametrize("draw", [latencies, bytes_per_message, time_line])
def test_each_family_has_its_hue_and_its_words(draw):
    shown = [summary for summary in results() if summary.latencies]
    assert [summary.asks for summary in shown] == [True, False]
    svg = draw(results()).svg
    for hue, words in FAMILIES.items():
        assert COLOURS[hue] in svg and words in svg and hue not in svg
