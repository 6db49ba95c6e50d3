"""The frame to play with: what the browser computes is what `chatlib.wire` says."""

import itertools
import json
import subprocess
from pathlib import Path

from chatlib.chapters.open_connection.frame_play import WORDS, FramePlay
from chatlib.kernel.node import find_node
from chatlib.wire.frames import Frame
from chatlib.wire.rules import frame_problems

ROOT = Path(__file__).parents[3]
SCRIPT = """
import { encode, fieldsOf, problemsOf, textProblems } from "./chatlib/front/wire/frame.js";
import { readFileSync } from "node:fs";
const answers = JSON.parse(readFileSync(0, "utf8")).map(({ frame, sender }) => ({
  data: Buffer.from(encode(frame)).toString("hex"),
  fields: fieldsOf(frame).map(({ name, value, bits, section }) => [name, value, bits, section]),
  rules: problemsOf(frame, sender).map(({ rule, section }) => [rule, section]),
  texts: textProblems(frame).map(({ section }) => section),
}));
console.log(JSON.stringify(answers));
"""
KEY = bytes.fromhex("37fa213d")
SIZES = (0, 1, 2, 125, 126, 65_535, 65_536)
# The opcodes, and each switch on and off, at each length where something changes.
FRAMES = [
    (Frame(opcode, (b"\x03\xe8" + bytes(70_000))[:size], fin=fin, masking_key=key), sender)
    for opcode, size, fin, key, sender in itertools.product(
        (0, 1, 2, 3, 8, 9), SIZES, (True, False), (KEY, None), ("client", "server")
    )
]
FRAMES += [(Frame(1, b"Halo", masking_key=KEY, length_bits=bits), "client") for bits in (16, 64)]
FRAMES += [(Frame(1, b"Halo", rsv1=True, masking_key=KEY), "client")]


def test_bytes_fields_and_broken_rules_are_those_of_the_wire_room():
    for (frame, sender), answer in zip(FRAMES, answers(FRAMES), strict=True):
        assert answer["data"] == frame.encode().hex()
        assert answer["fields"] == [
            [each.name, value(each), [each.first_bit, each.first_bit + each.bits], each.section]
            for each in frame.fields()
        ]
        problems = frame_problems(frame, sender=sender)
        assert answer["rules"] == [[each.rule, each.section] for each in problems]


def test_a_text_that_is_not_utf8_is_told():
    frames = [
        Frame(1, b"\xc3\xa9\xc3"),
        Frame(1, b"\xc3\xa9\xc3", fin=False),  # the next frame may bring the rest
        Frame(2, b"\xc3\xa9\xc3"),
        Frame(8, b"\x03\xe8\xc3"),
        Frame(8, b"\x03\xe8\xc3\xa9"),
    ]
    told = [answer["texts"] for answer in answers([(frame, "server") for frame in frames])]
    assert told == [["RFC 6455 §8.1"], [], [], ["RFC 6455 §5.5.1"], []]


def answers(frames):
    """Return what the browser's code says of frames with their senders."""
    question = [{"frame": parts(frame), "sender": sender} for frame, sender in frames]
    command = [find_node().program, "--input-type=module", "--eval", SCRIPT]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, cwd=ROOT, check=True
    )
    return json.loads(done.stdout)


def parts(frame):
    return {
        "opcode": frame.opcode,
        "fin": frame.fin,
        "rsv1": frame.rsv1,
        "key": frame.masking_key and list(frame.masking_key),
        "payload": list(frame.payload),
        "lengthBits": frame.length_bits,
    }


def value(field):
    return field.value if isinstance(field.value, int) else None


def test_readers_without_a_kernel_get_a_sentence():
    data, _ = FramePlay()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == WORDS
