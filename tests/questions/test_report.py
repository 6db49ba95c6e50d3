"""A report says in words what is right, and shows nothing as markup."""

from chatlib.questions.report import Finding, Report

MIXED = Report.of(
    [
        Finding("opcode", True, "Yes: 1."),
        Finding("length", False, "Count the <bytes>."),
        Finding("mask", None, "Not answered yet."),
    ]
)


def test_text_has_one_line_a_finding_with_the_verdict_in_words():
    assert str(MIXED).splitlines() == [
        "✓ right  opcode: Yes: 1.",
        "✗ not yet  length: Count the <bytes>.",
        "… open  mask: Not answered yet.",
    ]


def test_html_says_the_same_and_escapes_it():
    shown = MIXED._repr_mimebundle_()
    assert shown["text/plain"] == str(MIXED)
    assert "Count the &lt;bytes&gt;." in shown["text/html"]
    assert shown["text/html"].count('scope="row"') == 3


def test_it_passes_only_when_everything_is_right():
    assert not MIXED.passed
    assert not Report.of(MIXED.findings[::2]).passed
    assert Report.of(MIXED.findings[:1]).passed


def test_reports_can_be_joined():
    assert Report.of(MIXED.findings[:1]) + Report.of(MIXED.findings[1:]) == MIXED
