"""Text and HTML for notebook cells."""

from chatlib.wire import show


def test_hex_is_cut_and_says_so():
    assert show.hex_bytes(b"\x01\xff") == "01 ff"
    assert show.hex_bytes(bytes(70), 2) == "00 00 … 68 more bytes"


def test_text_is_quoted_and_cut():
    assert show.shortened("a\n") == "'a\\n'"
    assert show.shortened("abcdef", 4) == "'abc…'"


def test_counts():
    assert show.count(1, "byte") == "1 byte"
    assert show.count(1_000, "byte") == "1,000 bytes"


def test_a_text_table_has_aligned_columns():
    assert show.text_table([("a", "b"), ("long", "c")]) == "a     b\nlong  c"


def test_an_html_table_is_escaped_and_has_header_cells():
    html = show.html_table("<i>", ("<a>", "b"), [("<x>", '"y"')], code=(1,))
    assert "&lt;i&gt;</caption>" in html
    assert "&lt;a&gt;</th>" in html
    assert '<th scope="row"' in html
    assert "&lt;x&gt;</th>" in html
    assert "&quot;y&quot;</td>" in html
    assert html.count("var(--jp-code-font-family,monospace)") == 1
    assert "var(--jp-ui-font-color1,inherit)" in html


def test_a_note_is_escaped():
    assert show.html_note("<t>", ["<a>", "b"]) == "<div><b>&lt;t&gt;</b><br>&lt;a&gt;<br>b</div>"
    assert show.html_note("t", []) == "<div><b>t</b></div>"
