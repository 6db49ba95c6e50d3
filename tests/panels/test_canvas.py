"""What pictures are drawn on: in the colours of the page, and for whoever does not see them."""

import re
import xml.etree.ElementTree as ElementTree

from chatlib.panels.canvas import COLOURS, INK, WARM, Canvas, Picture, drawing


def draw() -> str:
    with drawing():
        canvas = Canvas(["first", "second <b>"], scale="log")
        canvas.axes.barh([0, 1], [10, 1000], color=INK, label="bytes")
        canvas.legend({WARM: "asked"})
        return canvas.svg()


def test_all_colours_are_those_of_the_page():
    svg = draw()
    assert "currentColor" in svg and INK not in svg
    own = " ".join(COLOURS.values())
    assert all(colour in own for colour in re.findall(r"#[0-9a-f]{3,6}\b", svg))


def test_text_stays_text():
    root = ElementTree.fromstring(draw())
    texts = {"".join(text.itertext()).strip() for text in root.iter() if text.tag.endswith("text")}
    assert {"first", "second <b>", "bytes", "10", "100"} <= texts


def test_two_pictures_on_one_page_do_not_share_names():
    first, second = (set(re.findall(r'clipPath id="([^"]+)"', draw())) for _ in range(2))
    assert first and not first & second


def test_it_is_read_aloud_and_its_numbers_stand_beside_it():
    picture = Picture("<svg ></svg>", 'a "picture" of <two>', ("name", "size"), [("a<b", "1")])
    shown = picture._repr_mimebundle_()
    assert (
        '<div role="img" aria-label="a &quot;picture&quot; of &lt;two&gt;">' in shown["text/html"]
    )
    assert '<svg aria-hidden="true"' in shown["text/html"]
    assert "a&lt;b" in shown["text/html"] and "<table" in shown["text/html"]
    assert 'a "picture" of <two>' in shown["text/plain"] and "a<b" in shown["text/plain"]
    assert "picture" in repr(picture)
