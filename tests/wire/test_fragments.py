"""From frames to messages."""

import pytest

from chatlib.wire import fragments
from chatlib.wire.deflate import DeflateParameters
from chatlib.wire.events import FrameItem
from chatlib.wire.fragments import Assembler
from chatlib.wire.frames import Frame

HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")


def assemble(*frames: Frame, deflate: bool = False) -> list[FrameItem]:
    """Give frames to an assembler; frame i starts at 1000 i, its payload 2 bytes later."""
    assembler = Assembler("server")
    if deflate:
        assembler.use_deflate(DeflateParameters())
    return [
        assembler.add(frame, 1_000 * number, 1_000 * number + 2 + len(frame.payload))
        for number, frame in enumerate(frames)
    ]


def joined(items: list[FrameItem]) -> list[tuple[bytes | None, bool]]:
    """What each frame completes, and whether that is text."""
    return [(item.whole, item.text) for item in items]


NOTHING = (None, False)


def test_a_message_in_one_frame():
    items = assemble(Frame(1, b"hi"), Frame(2, b"\xff"), Frame(1))
    assert joined(items) == [(b"hi", True), (b"\xff", False), (b"", True)]


def test_fragments_with_a_control_frame_between():
    contents = assemble(
        Frame(1, "é".encode()[:1], fin=False), Frame(9, b"?"), Frame(0, "é".encode()[1:])
    )
    assert joined(contents) == [NOTHING, NOTHING, ("é".encode(), True)]


def test_reserved_opcodes_and_controls_add_nothing():
    assert joined(assemble(Frame(3, b"x"), Frame(10), Frame(11))) == [NOTHING] * 3


def test_a_continuation_without_a_start():
    (content,) = assemble(Frame(0, b"x"))
    assert content.whole is None
    assert [(problem.section, problem.close_code) for problem in content.problems] == [
        ("RFC 6455 §5.4", 1002)
    ]


def test_a_new_message_inside_a_message_takes_its_place():
    _, second, third = assemble(Frame(1, b"a", fin=False), Frame(2, b"b", fin=False), Frame(0))
    (problem,) = second.problems
    assert problem.offset == 1_000
    assert problem.close_code == 1002
    assert third.whole == b"b"


@pytest.mark.parametrize(
    ("parts", "position", "offset"),
    [
        ([b"\xff"], 0, 2),
        ([b"ab\xffc"], 2, 4),
        ([b"ab", b"", b"c\xed\xa0\x80"], 3, 2_003),  # a lone surrogate
        ([b"ab", b"\xc3"], 2, 1_002),  # ends inside a character
    ],
)
def test_text_that_is_not_utf_8(parts: list[bytes], position: int, offset: int):
    last = len(parts) - 1
    contents = assemble(
        *(Frame(0 if i else 1, part, fin=i == last) for i, part in enumerate(parts))
    )
    (problem,) = contents[-1].problems
    assert f"at its byte {position} " in problem.rule
    assert (problem.offset, problem.close_code) == (offset, 1007)
    assert contents[-1].whole == b"".join(parts)


def test_a_compressed_message_in_fragments():
    contents = assemble(
        Frame(1, HELLO[:3], fin=False, rsv1=True), Frame(0, HELLO[3:]), Frame(1, b"a"), deflate=True
    )
    assert [content.whole for content in contents] == [None, b"Hello", b"a"]
    assert (contents[0].inflated or b"") + (contents[1].inflated or b"") == b"Hello"
    assert contents[2].inflated is None


def test_rsv1_without_the_extension_is_not_inflated():
    assert joined(assemble(Frame(2, HELLO, rsv1=True))) == [(HELLO, False)]


def test_compressed_text_that_is_not_utf_8():
    (content,) = assemble(Frame(1, b"\x00\x01\x00\xfe\xff\xff\x00", rsv1=True), deflate=True)
    (problem,) = content.problems
    assert content.whole == content.inflated == b"\xff"
    assert (problem.offset, problem.close_code) == (2, 1007)


def test_data_that_does_not_inflate_spoils_its_message_only():
    contents = assemble(
        Frame(1, b"\xff\xff", fin=False, rsv1=True), Frame(0, b"x"), Frame(1, b"a"), deflate=True
    )
    (problem,) = contents[0].problems
    assert (problem.offset, problem.section, problem.close_code) == (2, "RFC 7692 §7.2.2", 1002)
    assert joined(contents[1:]) == [NOTHING, (b"a", True)]


def test_frames_after_a_close_frame():
    first, second, third = assemble(Frame(8), Frame(1, b"late"), Frame(8))
    assert first.problems == ()
    assert second.whole == b"late"
    assert [problem.offset for problem in second.problems + third.problems] == [1_000, 2_000]
    assert {problem.section for problem in second.problems} == {"RFC 6455 §5.5.1"}


def test_a_message_without_an_end_is_not_joined_for_ever(monkeypatch):
    monkeypatch.setattr(fragments, "MESSAGE_LIMIT", 5)
    first, second, third, last = assemble(
        Frame(1, b"abc", fin=False), Frame(0, b"def", fin=False), Frame(0, b"g"), Frame(1, b"h")
    )
    assert joined([first, third, last]) == [NOTHING, NOTHING, (b"h", True)]
    assert "longer than 5 bytes" in second.problems[0].rule


@pytest.mark.parametrize("frames", [(Frame(0, b"rest"), Frame(1, b"a")), (Frame(1, b"a"),)])
def test_after_frames_that_are_not_known_a_message_may_be_under_way(frames):
    assembler = Assembler("server")
    assembler.skip()
    contents = [assembler.add(frame, 0, 2 + len(frame.payload)) for frame in frames]
    assert joined(contents[-1:]) == [(b"a", True)]
    assert contents[0].problems == ()


def test_after_frames_that_are_not_known_nothing_refers_to_them():
    assembler = Assembler("server")
    assembler.use_deflate(DeflateParameters())
    assembler.skip()
    content = assembler.add(Frame(1, b"x", rsv1=True), 0, 3)
    assert "was not inflated" in content.problems[0].rule
