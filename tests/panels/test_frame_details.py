"""Details of a frame: fields, reasons, and the forms of a payload."""

import zlib

import pytest

from chatlib.panels.details import FORM_LIMIT
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace
from tests.panels.recorded import HELLO, REQUEST, RESPONSE, details, last, opened_with


def steps(shown):
    return [(name, size, bytes.fromhex(data)) for name, size, data in shown["forms"]]


def test_every_byte_of_a_frame_belongs_to_a_field():
    shown = details(HELLO, sender="client")
    assert bytes.fromhex(shown["hex"]) == HELLO.encode()
    spans = [field["bits"] for field in shown["fields"]]
    assert spans[0][0] == 0
    assert spans[-1][1] == 8 * len(HELLO.encode())
    assert all(before[1] == after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_fields_say_name_value_place_meaning_and_section():
    shown = details(HELLO, sender="client")
    fields = {field["name"]: field for field in shown["fields"]}
    assert (fields["opcode"]["value"], fields["opcode"]["bits"]) == (1, [4, 8])
    assert "text frame" in fields["opcode"]["meaning"]
    assert (fields["masking key"]["value"], fields["masking key"]["bits"]) == (None, [16, 48])
    assert fields["masking key"]["section"] == "RFC 6455 §5.3"
    assert shown["frame"]


def fields_of(frame, **sender):
    return {field["name"]: field for field in details(frame, **sender)["fields"]}


def test_every_field_says_why_it_is_so_here():
    fields = fields_of(HELLO, sender="client")
    assert all(field["why"].endswith(".") for field in fields.values())
    assert fields["MASK"]["why"] == "A client sent this, and a client must mask every frame."


def test_what_rsv1_means_follows_from_the_opening_handshake():
    frame = Frame(1, b"x", rsv1=True)
    plain = Trace()
    plain.record("client", REQUEST, time=5.0)
    plain.record("server", RESPONSE.replace(b"permessage-deflate", b"other"), time=5.0)
    plain.record("server", frame.encode(), time=6.0)
    agreed, refused = details(frame)["fields"][1], last(plain)["fields"][1]
    assert "is compressed" in agreed["meaning"] and "agreed on permessage" in agreed["why"]
    assert "is an error" in refused["meaning"] and "breaks a rule" in refused["why"]


def test_masked_beside_unmasked():
    shown = steps(details(HELLO, sender="client"))
    assert shown == [
        ("On the wire, masked", 5, HELLO.masked_payload),
        ("Unmasked, as the receiver reads it", 5, b"Hello"),
    ]


def test_compressed_beside_inflated():
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"Hello") + packer.flush(zlib.Z_SYNC_FLUSH)
    shown = steps(details(Frame(1, data[:-4], rsv1=True)))
    assert [name for name, _, _ in shown] == [
        "On the wire, not masked",
        "Inflated (permessage-deflate)",
    ]
    assert shown[-1][2] == b"Hello"


@pytest.mark.parametrize("opcode, kind", [(1, "text"), (2, "binary")])
def test_the_final_fragment_shows_the_whole_message(opcode, kind):
    first, final = Frame(opcode, b"Hel", fin=False), Frame(0, b"lo")
    assert steps(last(opened_with(first, final)))[-1] == (
        f"The whole message ({kind}), all its fragments joined",
        5,
        b"Hello",
    )


def test_an_empty_payload_has_no_steps():
    assert (details(Frame(1))["forms"], details(Frame(1))["tables"]) == ([], [])


def test_a_long_payload_says_how_long_it_is_and_sends_its_beginning():
    [(_, size, data)] = steps(details(Frame(2, bytes(70_000))))
    assert (size, len(data)) == (70_000, FORM_LIMIT)


@pytest.mark.parametrize(
    "payload, code, reason",
    [
        (b"\x03\xe9bye", "1001 going away: may travel", "bye"),
        (b"\x03\xee", "1006 abnormal closure: must not travel", "(empty)"),
    ],
)
def test_a_close_frame_shows_code_meaning_and_reason(payload, code, reason):
    table = details(Frame(8, payload))["tables"][0]
    rows = dict(table["rows"])
    assert rows["Close code"].startswith(code)
    assert rows["Meaning"].endswith(".")
    assert rows["Close reason"] == reason
