"""A table that grows while a notebook measures."""

from chatlib.chapters.one_room.side_by_side import SideBySide


def test_each_question_is_a_row_and_each_server_a_column():
    table = SideBySide("ours", "theirs")
    table.add("pings", {"theirs": 0, "ours": 3})
    assert table.add("origin", {"ours": 403}) is table
    assert table.rows == [("pings", "3", "0"), ("origin", "403", "not measured")]
    text = table._repr_mimebundle_()["text/plain"]
    assert text.splitlines()[1] == "pings          3     0"
    assert repr(table) == "<SideBySide: 2 rows about ours, theirs>"


def test_asking_again_replaces_the_answers():
    table = SideBySide("ours").add("pings", {"ours": 1}).add("pings", {"ours": 2})
    assert table.rows == [("pings", "2")]


def test_everything_is_escaped():
    html = SideBySide("<a>").add("<b>", {"<a>": "<c>"})._repr_mimebundle_()["text/html"]
    assert "&lt;a&gt;" in html and "&lt;b&gt;" in html and "&lt;c&gt;" in html
    assert "<c>" not in html
