"""The way of a text, measured with fewer of them, and drawn."""

import re

from chatlib.chapters.beyond_one_server import text_path
from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.text_path import TextTimes, draw, path_of_a_text


async def test_a_text_is_followed(lab, nats, monkeypatch):
    monkeypatch.setattr(text_path, "TEXTS", 20)
    a, b = await start_programs(lab, nats, "AB")
    picture = await path_of_a_text(nats, a.direct_url, b.direct_url)
    began, *later = (float(after) for after in re.findall(r": ([\d.]+) ms", picture.description))
    assert began == 0 and len(later) == 3 and all(0 < after < 1000 for after in later)


def test_the_middle_of_each_time():
    samples = TextTimes(1, 5, 9), TextTimes(2, 6, 7), TextTimes(3, 4, 8)
    assert TextTimes.middle(samples) == TextTimes(2, 5, 8)


def test_the_longest_way_is_the_steepest_arrow():
    svg = draw(TextTimes(0.001, 0.004, 0.002)).svg
    arrows = re.findall(r'y1="([\d.]+)" x2="\d+" y2="([\d.]+)" stroke-width', svg)
    falls = [float(low) - float(high) for high, low in arrows]
    assert len(falls) == 3 and falls[1] == 3 * falls[0] == 3 * falls[2]
    assert all(words in svg for words in ("stored: 1.00 ms", "read: 4.00 ms", "read: 2.00 ms"))
