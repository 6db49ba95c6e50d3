"""Where fields stand, in words."""

from chatlib.questions.layout import Layout
from chatlib.wire.frames import Frame


def test_a_short_frame():
    layout = Layout(Frame(1, b"Hello"))
    assert layout.data.hex(" ") == "81 05 48 65 6c 6c 6f"
    assert layout.bits(0) == "Byte 0 is 81, in bits 10000001."
    assert layout.place(layout.length_field) == "byte 1: 05"
    assert layout.meaning("opcode").startswith("1 means: a text frame")


def test_the_length_of_a_long_frame_stands_in_the_extended_field():
    layout = Layout(Frame(1, b"x" * 300))
    assert layout.place(layout.length_field) == "bytes 2 to 3: 01 2c"
    assert layout.field("payload length").value == 126
