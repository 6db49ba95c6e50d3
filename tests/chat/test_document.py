"""`docs/chat-messages.md` and the code say the same."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from chatlib.chat.messages import (
    ClientMessage,
    ServerMessage,
    encode,
    parse_client,
    parse_server,
    types_of,
)
from chatlib.chat.validation import Code, Limits

TEXT = (Path(__file__).parents[2] / "docs" / "chat-messages.md").read_text(encoding="utf-8")
SIDES = {
    "From the client": (ClientMessage, parse_client),
    "From the server": (ServerMessage, parse_server),
}


def sections(text: str, marks: str) -> dict[str, str]:
    """Split Markdown at the headings of one level."""
    _, *parts = re.split(rf"^{marks} (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their headings."""
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in table[2:]]


def examples(text: str) -> list[str]:
    blocks = re.findall(r"^```json\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


PARTS = sections(TEXT, "##")
TYPES = [
    (side, kind, body) for side in SIDES for kind, body in sections(PARTS[side], "###").items()
]


@pytest.mark.parametrize("side", SIDES)
def test_every_type_has_its_section(side: str):
    union, _ = SIDES[side]
    assert sorted(types_of(union)) == sorted(sections(PARTS[side], "###"))


@pytest.mark.parametrize(("side", "kind", "body"), TYPES)
def test_the_fields_are_those_of_the_code(side: str, kind: str, body: str):
    described = [(name, required == "yes") for name, _, required, _ in rows(body)]
    assert described == [(field.name, field.required) for field in fields(side, kind)]


@pytest.mark.parametrize(("side", "kind", "body"), TYPES)
def test_every_example_is_a_message_of_its_type(side: str, kind: str, body: str):
    _, parse = SIDES[side]
    assert examples(body)
    for example in examples(body):
        message: Any = parse(example)
        assert message.__struct_config__.tag == kind
        # Nothing in the example is ignored: written again, it has the same fields and values.
        assert msgspec.json.decode(encode(message)) == msgspec.json.decode(example)


def test_every_example_was_read():
    assert len(examples(TEXT)) == sum(len(examples(body)) for _, _, body in TYPES) >= 15


def test_every_error_code_is_described():
    assert [code for code, _ in rows(PARTS["Errors"])] == list(get_args(Code))


def test_every_limit_is_described_with_its_default():
    described = {name: default for name, default, _ in rows(PARTS["Limits"])}
    expected = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in asdict(Limits()).items()
    }
    assert described == expected


@pytest.mark.parametrize("code", [1008, 1011, 1013])
def test_the_close_codes_of_the_server_are_described(code: int):
    assert str(code) in {row[0] for row in rows(PARTS["How the server ends a connection"])}


def fields(side: str, kind: str) -> tuple[msgspec.structs.FieldInfo, ...]:
    union, _ = SIDES[side]
    [message] = [cls for cls in get_args(union) if cls.__struct_config__.tag == kind]
    return msgspec.structs.fields(message)
