"""docs/glossary.md: each term once, in order, and every link to it arrives."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^### (.+)$", GLOSSARY, flags=re.MULTILINE)
# The words of RFC 6455 that the course uses for the same thing everywhere.
RFC_WORDS = """
opening handshake|closing handshake|endpoint|side|connection|message|frame|data frame|control frame
|fragment|opcode|masking key|payload|payload length|close frame|close code|close reason|chunk
"""


def anchor(term):
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", term.lower()).replace(" ", "-")


def test_each_term_is_defined_once_in_alphabetical_order():
    assert len(TERMS) > 70
    assert sorted({term.lower() for term in TERMS}) == [term.lower() for term in TERMS]


def test_each_definition_is_short():
    definitions = re.split(r"^### .+$", GLOSSARY, flags=re.MULTILINE)[1:]
    for term, definition in zip(TERMS, definitions, strict=True):
        assert 30 < len(definition.strip()) < 400, term


def test_the_words_of_the_rfc_are_there():
    words = {word.strip() for word in RFC_WORDS.split("|")}
    assert len(words) == 18 and words <= set(TERMS)


def test_every_link_to_a_term_arrives():
    anchors = {anchor(term) for term in TERMS}
    inside = set(re.findall(r"\]\(#([^)]+)\)", GLOSSARY))
    assert len(inside) > 20 and inside <= anchors
    files = [*REPOSITORY.glob("notebooks/**/*.ipynb"), *REPOSITORY.glob("docs/*.md")]
    assert len(files) > 5
    links = {
        (path.name, link)
        for path in files
        for link in re.findall(r"glossary\.md#([\w-]+)", path.read_text(encoding="utf-8"))
    }
    assert links and not [link for link in links if link[1] not in anchors]
