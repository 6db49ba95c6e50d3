import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat.messages import (
    AskHistory,
    ClientMessage,
    Enter,
    Error,
    History,
    Join,
    Joined,
    Leave,
    Left,
    Message,
    Said,
    Say,
    ServerMessage,
    Typing,
    TypingNow,
    Welcome,
    Whisper,
    Whispered,
    addressed,
    encode,
    encode_utf8,
    id_of,
    parse_client,
    parse_server,
    types_of,
)
from chatlib.chat.validation import BadMessage, Limits

CLIENT = [
    (Join(name="Ana"), '{"type":"join","name":"Ana"}'),
    (
        Join(name="Ana", room="r", after=0, epoch="e"),
        '{"type":"join","name":"Ana","room":"r","after":0,"epoch":"e"}',
    ),
    (Enter(code="482 913"), '{"type":"enter","code":"482 913"}'),
    (Say(text="hé"), '{"type":"say","text":"hé"}'),
    (Say(text="a", id="1"), '{"type":"say","text":"a","id":"1"}'),
    (Whisper(to="Bob", text="a"), '{"type":"whisper","to":"Bob","text":"a"}'),
    (Typing(on=False), '{"type":"typing","on":false}'),
    (AskHistory(after=3), '{"type":"history","after":3}'),
    (Leave(), '{"type":"leave"}'),
]
JOINED = Joined(seq=1, name="Ana", time=1.5)
SERVER = [
    (JOINED, '{"type":"joined","seq":1,"name":"Ana","time":1.5}'),
    (Left(seq=2, name="Ana", time=1.5), '{"type":"left","seq":2,"name":"Ana","time":1.5}'),
    (
        Left(seq=2, name="Ana", time=1.5, code=1006, reason=""),
        '{"type":"left","seq":2,"name":"Ana","time":1.5,"code":1006,"reason":""}',
    ),
    (
        Said(seq=3, name="Ana", text="x", time=1.5, id="1"),
        '{"type":"said","seq":3,"name":"Ana","text":"x","time":1.5,"id":"1"}',
    ),
    (
        Whispered(name="Ana", to="Bob", text="x", time=1.5, id="1"),
        '{"type":"whispered","name":"Ana","to":"Bob","text":"x","time":1.5,"id":"1"}',
    ),
    (TypingNow(name="Ana", on=True), '{"type":"typing","name":"Ana","on":true}'),
    (
        History(events=(JOINED,), gone=False),
        '{"type":"history","events":[{"type":"joined","seq":1,"name":"Ana","time":1.5}],'
        '"gone":false}',
    ),
    (Error(code="c", sentence="s"), '{"type":"error","code":"c","sentence":"s"}'),
]


@pytest.mark.parametrize(("message", "text"), CLIENT)
def test_client_messages_both_ways(message: Message, text: str):
    assert parse_client(text) == message
    assert encode(message) == text
    assert encode_utf8(message) == text.encode()


@pytest.mark.parametrize(("message", "text"), SERVER)
def test_server_messages_both_ways(message: Message, text: str):
    assert parse_server(text) == message
    assert encode(message) == text


def test_a_welcome_both_ways():
    welcome = Welcome(
        room="lobby",
        name="Ana",
        epoch="e",
        seq=1,
        members=("Bob",),
        events=(JOINED,),
        gone=False,
        limits=Limits(),
    )
    assert parse_server(encode(welcome)) == welcome
    assert json.loads(encode(welcome))["limits"]["text"] == 4000


def test_a_welcome_of_a_server_with_fewer_and_other_limits():
    text = (
        '{"type":"welcome","room":"r","name":"n","epoch":"e","seq":0,"members":[],"events":[],'
        '"gone":false,"limits":{"text":10,"colour":"red"}}'
    )
    welcome = parse_server(text)
    assert isinstance(welcome, Welcome)
    assert welcome.limits == Limits(text=10)


def test_unknown_fields_are_ignored():
    text = '{"colour":{"red":[1,null]},"type":"say","text":"a","when":null}'
    assert parse_client(text) == Say(text="a")


def test_a_whisper_is_to_the_longest_name_and_never_to_everybody():
    members = ("Budi", "Budi S.", "Ana")
    assert addressed("Halo /whisper Budi", members) is None
    assert addressed("/whispering", members) is None
    assert addressed("/whisper Budi Halo  you", members) == ("Budi", "Halo  you")
    assert addressed("/whisper  Budi S. Halo", members) == ("Budi S.", "Halo")
    assert addressed("/whisper Bdui Halo", members) == ("Bdui", "Halo")
    assert addressed("/whisper Budi", members) == ("Budi", "")


def test_names_come_back_cleaned():
    join = parse_client('{"type":"join","name":" Ana ","room":" lobby "}')
    assert join == Join(name="Ana", room="lobby")


WRONG = [
    ("", "not_json"),
    ("hello", "not_json"),
    ('{"type":"say","text":"a"', "not_json"),
    ('{"type":"say","text":"a"} x', "not_json"),
    ('{"type":"typing","on":NaN}', "not_json"),
    ("\ufeff{}", "not_json"),
    ("[]", "wrong_shape"),
    ("3", "wrong_shape"),
    ("null", "wrong_shape"),
    ("{}", "wrong_shape"),
    ('{"type":3}', "wrong_shape"),
    ('{"type":null}', "wrong_shape"),
    ('{"type":"say"}', "wrong_shape"),
    ('{"type":"say","text":3}', "wrong_shape"),
    ('{"type":"say","text":"a","id":""}', "wrong_shape"),
    ('{"type":"say","text":"a","id":"%s"}' % ("x" * 65), "wrong_shape"),
    ('{"type":"say","text":"a","id":7}', "wrong_shape"),
    ('{"type":"typing","on":1}', "wrong_shape"),
    ('{"type":"history","after":-1}', "wrong_shape"),
    ('{"type":"history","after":1.5}', "wrong_shape"),
    ('{"type":"history","after":9007199254740992}', "wrong_shape"),
    ('{"type":"history","after":99999999999999999999999999}', "wrong_shape"),
    ('{"type":"join","name":"a","x":' + "[" * 20_000 + "]" * 20_000 + "}", "wrong_shape"),
    ('{"type":"shout","x":' + "[" * 20_000 + "]" * 20_000 + "}", "wrong_shape"),
    ('{"type":"%s" and no JSON' % ("x" * 500), "wrong_shape"),
    ('{"type":"shout","text":"a"}', "unknown_type"),
    ('{"type":"welcome"}', "unknown_type"),
    (r'{"type":"say","text":"\ud800"}', "lone_surrogate"),
    (r'{"type":"say","text":"a\udc00b"}', "lone_surrogate"),
    (r'{"type":"join","name":"\ud800"}', "lone_surrogate"),
    ('{"type":"say","text":"\ud800"}', "lone_surrogate"),
    ('{"type":"say","text":""}', "bad_text"),
    ('{"type":"say","text":"  "}', "bad_text"),
    ('{"type":"whisper","to":"Bob","text":" "}', "bad_text"),
    ('{"type":"say","text":"%s"}' % ("x" * 4001), "bad_text"),
    ('{"type":"join","name":""}', "bad_name"),
    (r'{"type":"join","name":"a\u0000b"}', "bad_name"),
    ('{"type":"join","name":"%s"}' % ("x" * 33), "bad_name"),
    (r'{"type":"join","name":"a","room":"\n"}', "bad_room"),
    (b'{"type":"leave"}', "not_text"),
]


@pytest.mark.parametrize(("data", "code"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said(data: str | bytes, code: str):
    with pytest.raises(BadMessage) as caught:
        parse_client(data)
    assert caught.value.code == code
    # A whole sentence that can itself be sent, and is not as long as what was wrong.
    encode(Error(code=code, sentence=caught.value.sentence))
    assert caught.value.sentence.endswith(".")
    assert len(caught.value.sentence) < 250


def test_an_unknown_type_is_named_and_shortened():
    with pytest.raises(
        BadMessage, match="'x{32}'. Known: enter, join, say, whisper, typing, history, leave"
    ):
        parse_client(json.dumps({"type": "x" * 500}))


def test_the_longest_text_fits_into_the_longest_message():
    say = Say(text="\x00" * Limits().text, id="x" * 64)
    assert len(encode_utf8(say)) < Limits().frame
    assert parse_client(encode(say)) == say


def test_the_limits_may_be_other_ones():
    assert parse_client('{"type":"say","text":"abc"}', Limits(text=3)) == Say(text="abc")
    with pytest.raises(BadMessage):
        parse_client('{"type":"say","text":"abcd"}', Limits(text=3))


@given(st.text())
def test_no_text_raises_anything_else(text: str):
    for candidate in (text, json.dumps({"type": text}), json.dumps({"type": "say", "text": text})):
        try:
            message = parse_client(candidate)
        except BadMessage:
            continue
        assert parse_client(encode(message)) == message


def test_a_message_with_a_lone_surrogate_cannot_be_sent():
    with pytest.raises(BadMessage) as caught:
        encode(Say(text="a\ud800"))
    assert caught.value.code == "lone_surrogate"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"id":"7","type":"nonsense"}', "7"),
        (b'{"id":"7"}', "7"),
        ('{"id":7}', None),
        ('{"id":"%s"}' % ("x" * 65), None),
        ("{}", None),
        ("no JSON", None),
        (b"\xff\xfe", None),
        ('{"id":"7","x":' + "[" * 20_000 + "]" * 20_000 + "}", None),
        ("\ud800", None),
    ],
    ids=range(9),
)
def test_the_id_of_anything(data: str | bytes, expected: str | None):
    assert id_of(data) == expected


def test_types():
    assert types_of(ClientMessage) == (
        "enter",
        "join",
        "say",
        "whisper",
        "typing",
        "history",
        "leave",
    )
    assert len(types_of(ServerMessage)) == 10
