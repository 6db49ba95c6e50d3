"""The picture of a message's way, in words, in a table and as SVG."""

from xml.etree import ElementTree

import pytest

from chatlib import Lab
from chatlib.chapters.one_room.fan_out import Arrival, FanOut
from chatlib.chapters.one_room.message_path import MessagePath, path_of

ARRIVALS = (Arrival("Budi", 0.0005), Arrival("Ana", 0.00175))


def path(*arrivals: Arrival, text: str = "Hello", sender: str = "Ana") -> MessagePath:
    return MessagePath(FanOut(text, sender, "lobby", 3.0, arrivals))


def svg_of(drawn: MessagePath) -> ElementTree.Element:
    html = drawn._repr_mimebundle_()["text/html"]
    start = html.index("<svg")
    return ElementTree.fromstring(html[start : html.index("</svg>") + 6])


def texts_of(svg: ElementTree.Element) -> list[str]:
    return [element.text for element in svg.iter("text")]


def test_it_says_who_got_it_when():
    drawn = path(*ARRIVALS)
    assert drawn.title == "Ana says 'Hello': all 2 got it within 1.75 ms."
    assert repr(drawn) == f"<MessagePath: {drawn.title}>"
    assert (drawn.text, drawn.sender, drawn.arrivals) == ("Hello", "Ana", ARRIVALS)


def test_the_table_has_a_row_for_each():
    lines = path(*ARRIVALS)._repr_mimebundle_()["text/plain"].splitlines()
    assert lines[3].split() == ["Budi", "0.50", "ms", "0.50", "ms"]
    assert lines[4].split() == ["Ana", "(the", "sender)", "1.75", "ms", "1.25", "ms"]


def test_the_picture_has_an_arrow_for_each():
    svg = svg_of(path(*ARRIVALS))
    arrows = [each for each in svg.iter("g") if each.get("class") == "message-path"]
    assert len(arrows) == len(list(svg.iter("path"))) == 3
    assert texts_of(svg)[:2] == ["Ana", "server"]
    assert texts_of(svg)[3:] == ["0.50 ms", "Budi", "1.75 ms", "Ana (the sender)"]
    assert svg.get("aria-label") == "Ana says 'Hello': all 2 got it within 1.75 ms."
    # They are drawn one after the other, once, for those who do not mind that something moves.
    delays = [arrow.get("style").partition("--begins:")[2] for arrow in arrows]
    assert delays == ["0s", "0.4s", "0.8s"]
    style = svg.find("style").text
    assert "prefers-reduced-motion: no-preference" in style and "infinite" not in style


def test_what_has_not_come_is_dashed_and_says_so():
    drawn = path(Arrival("Ana", 0.001), Arrival("Budi", None))
    svg = svg_of(drawn)
    assert [each for each in svg.iter("g") if "stroke-dasharray:.04 .03" in each.get("style")]
    assert texts_of(svg)[-2:] == ["not yet", "Budi"]
    assert "1 of 2 got it within 1.00 ms" in drawn.title
    assert "not yet" in drawn._repr_mimebundle_()["text/plain"]
    assert path(Arrival("Ana", None)).title == "Ana says 'Hello': nobody has received it."


@pytest.mark.parametrize("name", ["W" * 32, "長" * 32])
def test_a_long_name_is_whole_and_leaves_room_for_its_time(name: str):
    svg = svg_of(path(Arrival(name, 0.001), sender=name))
    assert texts_of(svg)[0] == name
    assert texts_of(svg)[-2:] == ["1.00 ms", f"{name} (the sender)"]
    width = float(svg.get("viewBox").split()[2])
    for text in svg.iter("text"):
        if name in text.text:
            # As wide as it says, however wide its letters are.
            length = float(text.get("textLength"))
            middle = text.get("text-anchor") == "middle"
            begin = float(text.get("x")) - (length / 2 if middle else 0)
            assert begin >= 0 and begin + length <= width


def test_names_and_texts_are_shown_as_text():
    name = "<b>Ana</b>"
    html = path(Arrival(name, 0.001), text="<img src=x>", sender=name)._repr_mimebundle_()
    assert "<b>" not in html["text/html"] and "<img" not in html["text/html"]
    assert "&lt;b&gt;Ana" in html["text/html"]


async def test_the_way_of_a_message_is_drawn_when_everybody_has_it():
    async with await Lab.start() as lab:
        ana, budi = await lab.connect("Ana"), await lab.connect("Budi")
        await ana.say("Hello")
        path = await path_of(lab, "Hello")
        assert sorted(arrival.name for arrival in path.arrivals) == ["Ana", "Budi"]
        assert path.fan_out.complete
        assert all(arrival.after > 0 for arrival in path.arrivals)
        assert budi.state == "open"


async def test_the_way_of_what_nobody_said(monkeypatch):
    monkeypatch.setattr("chatlib.chapters.one_room.message_path.PATIENCE", 0.01)
    async with await Lab.start() as lab:
        with pytest.raises(LookupError, match="Say it first"):
            await path_of(lab, "Hello")
