import json
from collections import defaultdict
from collections.abc import Callable
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat import validation
from chatlib.chat.messages import (
    Away,
    Error,
    History,
    Join,
    Joined,
    Left,
    Message,
    Said,
    Say,
    TypingNow,
    Welcome,
    Whisper,
    Whispered,
    encode,
    encode_utf8,
    parse_server,
)
from chatlib.chat.rooms import Rooms
from chatlib.chat.validation import Limits, TokenBucket


class FakeMember:
    """A member whose connection is a list."""

    def __init__(self, limits: Limits, place_kept: float = 0.0) -> None:
        self.limits = limits
        self.bucket = TokenBucket(limits, now=0.0)
        self.room = None
        self.name = ""
        self.by = ""
        self.place_kept = place_kept
        self.expelled = False
        self.breaks = False
        self.inbox: list[Message] = []

    def write_text(self, data: bytes) -> None:
        if self.breaks:
            raise RuntimeError("cannot write")
        self.inbox.append(parse_server(data.decode()))


class Stage:
    """Rooms, and what they asked their server to do."""

    def __init__(self, *, place_kept: float = 0.0, members: int = 500, **limits: float) -> None:
        self.limits = Limits(**limits)
        self.place_kept = place_kept
        # What is to be done later, and after how many seconds.
        self.timers: list[tuple[float, Callable[[], object]]] = []
        self.expelled: list[tuple[FakeMember, int, str]] = []
        self.failed: list[tuple[FakeMember, Exception]] = []
        self.time = 0.0
        self.rooms = Rooms(
            self.limits,
            members=members,
            expel=lambda *arguments: self.expelled.append(arguments),
            send=self.send,
            later=lambda *timer: self.timers.append(timer),
        )
        self.rooms.clock = lambda: self.time
        self.rooms.now = lambda: 1000.0 + self.time

    def send(self, members, data: bytes) -> None:
        for member in members:
            if not member.expelled:
                try:
                    member.write_text(data)
                except RuntimeError as error:
                    self.failed.append((member, error))

    def enter(self, name: str, room: str = "lobby", **options) -> FakeMember:
        member = FakeMember(self.limits, self.place_kept)
        self.tell(member, Join(name=name, room=room, **options))
        return member

    def let_time_pass(self) -> None:
        timers, self.timers = self.timers, []
        for _, act in timers:
            act()

    def tell(self, member: FakeMember, message: Message) -> None:
        self.rooms.receive(member, encode(message))


def kinds(member: FakeMember) -> list[str]:
    return [type(message).__name__ for message in member.inbox]


def test_join_say_leave():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    stage.time = 5.0
    stage.tell(ana, Say(text="hi", id="1"))
    stage.rooms.receive(bob, '{"type":"leave"}')
    assert kinds(ana) == ["Welcome", "Joined", "Joined", "Said", "Left"]
    assert kinds(bob) == ["Welcome", "Joined", "Said", "Left"]
    assert ana.inbox[2:] == bob.inbox[1:]
    assert bob.inbox[2] == Said(seq=3, name="Ana", text="hi", time=1005.0, id="1")
    assert bob.inbox[3] == Left(seq=4, name="Bob", time=1005.0)
    assert (bob.room, bob.name) == (None, "")


def test_a_welcome_and_then_the_own_joined():
    stage = Stage()
    stage.enter("Ana")
    welcome, joined = stage.enter("Bob").inbox
    assert isinstance(welcome, Welcome)
    assert (welcome.seq, welcome.members) == (1, ("Ana",))
    assert [event.seq for event in welcome.events] == [1]
    assert joined == Joined(seq=2, name="Bob", time=1000.0)


def test_joining_again_with_another_name_and_room():
    stage = Stage()
    ana = stage.enter("Ana")
    stage.rooms.receive(ana, '{"type":"leave"}')
    stage.tell(ana, Join(name="Anna", room="other"))
    assert kinds(ana) == ["Welcome", "Joined", "Left", "Welcome", "Joined"]
    assert stage.rooms.find("anna", "other") is ana
    with pytest.raises(LookupError, match="Nobody called 'Ana' is in the room 'lobby'"):
        stage.rooms.find("Ana", "lobby")
    with pytest.raises(LookupError):
        stage.rooms.find("Ana", "nowhere")


def test_rooms_do_not_hear_each_other():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Ana", "other")
    stage.tell(ana, Say(text="hi"))
    assert kinds(bob) == ["Welcome", "Joined"]


def test_typing_goes_to_the_others():
    stage = Stage()
    ana, bob, cem = (stage.enter(name) for name in ("Ana", "Bob", "Cem"))
    for member in (ana, bob, cem):
        member.inbox.clear()
    stage.rooms.receive(ana, '{"type":"typing","on":true}')
    assert ana.inbox == []
    assert bob.inbox == cem.inbox == [TypingNow(name="Ana", on=True)]


def test_a_full_room_takes_nobody_more():
    stage = Stage(members=2)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    cem = FakeMember(stage.limits)
    stage.tell(cem, Join(name="Cem"))
    [error] = cem.inbox
    assert (error.code, cem.room) == ("room_full", None)
    assert error.sentence.startswith("There are 2 people in the room 'lobby'")
    stage.tell(cem, Join(name="Cem", room="other"))
    assert kinds(cem)[1:] == ["Welcome", "Joined"]
    stage.rooms.leave(bob)
    assert kinds(ana)[-1] == "Left"
    dewi = stage.enter("Dewi")
    assert kinds(dewi) == ["Welcome", "Joined"]


def test_a_whisper_goes_to_two_and_is_not_kept():
    stage = Stage()
    ana, bob, cem = (stage.enter(name) for name in ("Ana", "Bob", "Cem"))
    for member in (ana, bob, cem):
        member.inbox.clear()
    stage.rooms.receive(ana, '{"type":"whisper","to":"BOB","text":"hi","id":"7"}')
    told = Whispered(name="Ana", to="Bob", text="hi", time=1000.0, id="7")
    assert ana.inbox == bob.inbox == [told] and cem.inbox == []
    stage.rooms.receive(ana, '{"type":"whisper","to":"Ana","text":"hi"}')
    assert len(ana.inbox) == 2 and len(bob.inbox) == 1
    stage.rooms.receive(ana, '{"type":"whisper","to":"Dewi","text":"hi","id":"8"}')
    assert ana.inbox[-1] == Error(
        code="not_here",
        sentence="Nobody called 'Dewi' is in the room 'lobby'. Look who is here.",
        about="8",
    )
    assert [type(event).__name__ for event in stage.rooms.by_name["lobby"].events] == ["Joined"] * 3


def test_a_whisper_to_a_name_of_very_many_marks_is_refused_and_not_composed(monkeypatch):
    stage = Stage()
    ana = stage.enter("Ana")
    composed = []

    def compose(form: str, name: str) -> str:
        composed.append(len(name))
        return normalize(form, name)

    monkeypatch.setattr(validation, "normalize", compose)
    stage.tell(ana, Whisper(to="a" + "\u0315\u0300" * 16_000, text="hi", id="7"))
    assert (ana.inbox[-1].code, ana.inbox[-1].about, composed) == ("not_here", "7", [])
    stage.tell(ana, Whisper(to="ＡＮＡ", text="hi", id="8"))
    assert isinstance(ana.inbox[-1], Whispered) and composed


def test_history_goes_to_who_asked():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    stage.rooms.receive(ana, '{"type":"history","after":1}')
    expected = History(events=(Joined(seq=2, name="Bob", time=1000.0),), gone=False)
    assert ana.inbox[-1] == expected
    assert expected not in bob.inbox


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"say","text":"a","id":"7"}',
        '{"type":"typing","on":true,"id":"7"}',
        '{"type":"whisper","to":"Ana","text":"a","id":"7"}',
        '{"type":"history","after":0,"id":"7"}',
        '{"type":"leave","id":"7"}',
    ],
)
def test_nothing_but_join_without_a_room(text: str):
    stage = Stage()
    member = FakeMember(stage.limits)
    stage.rooms.receive(member, text)
    [error] = member.inbox
    assert isinstance(error, Error)
    assert (error.code, error.about) == ("not_joined", "7")


def test_an_event_is_encoded_once_for_everybody_and_for_the_history(monkeypatch):
    stage = Stage()
    ana, *others = [stage.enter(f"P{number}") for number in range(5)]
    encoded = []

    def count(message):
        encoded.append(message)
        return encode_utf8(message)

    for module in ("room", "rooms"):
        monkeypatch.setattr(f"chatlib.chat.{module}.encode_utf8", count)
    stage.tell(ana, Say(text="hi"))
    assert encoded == [Said(seq=6, name="P0", text="hi", time=1000.0)]
    assert all(other.inbox[-1] == encoded[0] for other in others)


def test_a_text_that_is_said_again_is_passed_on_once():
    stage = Stage(history=3)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    for _ in range(2):
        stage.tell(ana, Say(text="hi", id="a-1"))
    stage.tell(bob, Say(text="hi", id="a-1"))
    assert [said.name for said in bob.inbox if isinstance(said, Said)] == ["Ana", "Bob"]
    assert isinstance(error := ana.inbox[-2], Error)
    assert (error.code, error.about) == ("said_before", "a-1")
    for _ in range(3):
        stage.tell(ana, Say(text="something else"))
    stage.tell(ana, Say(text="hi", id="a-1"))  # that one is forgotten
    assert ana.inbox[-1].text == "hi" and isinstance(bob.inbox[-1], Said)


def test_who_lost_the_connection_keeps_the_place_for_a_while():
    stage = Stage(place_kept=20.0)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    token = bob.inbox[0].token
    assert token and token != ana.inbox[0].token
    stage.rooms.leave(bob, 1006, "")
    assert (bob.room, ana.inbox[-1]) == (None, Away(name="Bob", on=True))
    stage.tell(ana, Whisper(to="Bob", text="psst"))
    assert (ana.inbox[-1].code, "lost the connection" in ana.inbox[-1].sentence) == (
        "not_here",
        True,
    )
    stage.tell(ana, Say(text="Bob?"))
    assert stage.enter("Citra").inbox[0].away == ("Bob",)
    for wrong in ("x", token[:-1], "é 😀"):
        assert stage.enter("Bob", token=wrong).inbox[-1].code == "name_taken"
    again = stage.enter("Bob", token=token, after=2, epoch=bob.inbox[0].epoch)
    [welcome] = again.inbox
    assert [event.seq for event in welcome.events] == [3, 4] and welcome.seq == 4
    assert (welcome.members, welcome.away, welcome.token) == (("Ana", "Bob", "Citra"), (), token)
    assert ana.inbox[-1] == Away(name="Bob", on=False)
    [(seconds, give_up)] = stage.timers
    give_up()
    stage.tell(again, Say(text="here"))
    assert seconds == 20.0 and ana.inbox[-1] == again.inbox[-1] and ana.inbox[-1].seq == 5


def test_who_does_not_come_back_has_left():
    stage = Stage(place_kept=20.0)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    stage.rooms.leave(bob, 1006, "")
    stage.let_time_pass()
    assert ana.inbox[-1] == Left(seq=3, name="Bob", time=1000.0, code=1006, reason="")
    assert stage.rooms.by_name["lobby"].members == ("Ana",)
    # Somebody who closes has left at once.
    stage.rooms.leave(ana, 1001, "")
    assert stage.rooms.by_name["lobby"].members == () and not stage.timers


def test_no_more_places_are_kept_than_half_of_those_of_the_room():
    stage = Stage(members=4, place_kept=20.0)
    *lost, ana = [stage.enter(name) for name in ("Bob", "Cem", "Dewi", "Ana")]
    for member in lost:
        stage.rooms.leave(member, 1006, "")
    assert ana.inbox[-3:] == [
        Away(name="Bob", on=True),
        Away(name="Cem", on=True),
        Left(seq=5, name="Dewi", time=1000.0, code=1006, reason=""),
    ]
    assert stage.rooms.by_name["lobby"].members == ("Bob", "Cem", "Ana")
    assert kinds(stage.enter("Eka")) == ["Welcome", "Joined"]
    stage.let_time_pass()
    assert stage.rooms.by_name["lobby"].members == ("Ana", "Eka")
    stage.rooms.leave(ana, 1006, "")
    assert stage.rooms.by_name["lobby"].present[0].away


def test_a_room_that_began_anew_is_not_told_of_an_old_member():
    stage = Stage(place_kept=20.0)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    stage.rooms.leave(bob, 1006, "")
    stage.rooms.begin("lobby", "another epoch")
    stage.let_time_pass()
    assert stage.rooms.by_name["lobby"].events == () and ana.room is None


def test_a_connection_that_is_lost_unnoticed_is_replaced():
    stage = Stage(place_kept=20.0)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    again = stage.enter("Bob", token=bob.inbox[0].token, after=2, epoch=bob.inbox[0].epoch)
    assert [(member, code) for member, code, _ in stage.expelled] == [(bob, 1008)]
    stage.rooms.leave(bob, 1008, "")
    stage.tell(again, Say(text="it is me"))
    assert kinds(ana) == ["Welcome", "Joined", "Joined", "Said"]
    assert stage.rooms.find("Bob", "lobby") is again


def test_errors_go_to_the_sender_alone():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    bob.inbox.clear()
    for data in ("no JSON", b"binary", '{"type":"say","text":"","id":"x"}'):
        stage.rooms.receive(ana, data)
    stage.tell(ana, Join(name="Other"))
    stage.tell(FakeMember(stage.limits), Join(name="ANA"))
    errors = [message for message in ana.inbox if isinstance(message, Error)]
    assert [error.code for error in errors] == [
        "not_json",
        "not_text",
        "bad_text",
        "already_joined",
    ]
    assert errors[2].about == "x"
    assert bob.inbox == []
    assert stage.rooms.by_name["lobby"].seq == 2


def test_a_taken_name_opens_no_room_and_leaves_the_sender_outside():
    stage = Stage()
    stage.enter("Ana")
    second = stage.enter("Ana")
    assert kinds(second) == ["Error"]
    assert second.room is None
    stage.rooms.leave(second, 1006, "")
    assert stage.rooms.by_name["lobby"].members == ("Ana",)


def test_leaving_with_a_code():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    stage.rooms.leave(bob, 1006, "")
    assert ana.inbox[-1] == Left(seq=3, name="Bob", time=1000.0, code=1006, reason="")


def test_a_flood_is_refused_with_the_id_and_then_closed():
    stage = Stage(burst=3, rate=1, patience=2)
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    for number in range(6):
        stage.tell(ana, Say(text=str(number), id=f"id{number}"))
    errors = [message for message in ana.inbox if isinstance(message, Error)]
    assert [(error.code, error.about) for error in errors] == [
        ("too_fast", "id2"),
        ("too_fast", "id3"),
    ]
    assert [message.text for message in bob.inbox if isinstance(message, Said)] == ["0", "1"]
    assert {(member, code) for member, code, _ in stage.expelled} == {(ana, 1008)}
    assert stage.expelled[0][2] == "too many messages: more than 1 a second"


def test_a_flood_of_nonsense_counts_too():
    stage = Stage(burst=1, rate=1, patience=1)
    member = FakeMember(stage.limits)
    for _ in range(3):
        stage.rooms.receive(member, "nonsense")
    assert [message.code for message in member.inbox] == ["not_json", "too_fast"]
    assert [code for _, code, _ in stage.expelled] == [1008]


def test_an_expelled_member_gets_nothing_more():
    stage = Stage()
    ana, bob = stage.enter("Ana"), stage.enter("Bob")
    bob.expelled = True
    bob.inbox.clear()
    stage.tell(ana, Say(text="hi"))
    assert bob.inbox == []


def test_a_member_that_cannot_be_written_to_harms_nobody():
    stage = Stage()
    ana, bob, cem = (stage.enter(name) for name in ("Ana", "Bob", "Cem"))
    bob.breaks = True
    stage.tell(ana, Say(text="hi"))
    assert [(member, str(error)) for member, error in stage.failed] == [(bob, "cannot write")]
    assert kinds(ana)[-1] == kinds(cem)[-1] == "Said"


def test_the_room_that_is_empty_longest_makes_place():
    stage = Stage(rooms=3)
    first, second, third = (stage.enter("Ana", room) for room in ("first", "second", "third"))
    assert kinds(stage.enter("Ana", "fourth")) == ["Error"]
    epoch = stage.rooms.by_name["second"].epoch
    for member in (third, first):
        stage.rooms.leave(member)
    stage.enter("Ana", "fourth")
    assert list(stage.rooms.by_name) == ["second", "first", "fourth"]
    assert stage.rooms.by_name["second"].epoch == epoch
    again = stage.enter("Ana", "fifth").inbox[0]
    assert isinstance(again, Welcome)
    assert list(stage.rooms.by_name) == ["second", "fourth", "fifth"]


def test_too_many_rooms_is_said():
    stage = Stage(rooms=1)
    stage.enter("Ana", "first")
    [error] = stage.enter("Bob", "second").inbox
    assert isinstance(error, Error)
    assert error.code == "too_many_rooms"
    assert list(stage.rooms.by_name) == ["first"]


def test_a_room_that_was_forgotten_has_another_epoch():
    stage = Stage(rooms=1)
    ana = stage.enter("Ana", "first")
    welcome = ana.inbox[0]
    stage.rooms.leave(ana)
    stage.rooms.leave(stage.enter("Bob", "second"))
    again = stage.enter("Ana", "first", after=1, epoch=welcome.epoch).inbox[0]
    assert again.gone
    assert again.seq == 0


ACTIONS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=3),
        st.sampled_from(["join", "say", "say", "leave", "drop", "break", "wait", "nonsense"]),
    ),
    max_size=60,
)


@given(actions=ACTIONS, history=st.integers(min_value=0, max_value=8))
def test_any_interleaving_gives_everybody_one_gapless_sequence(actions, history):
    """Members join, say, leave, drop and resume in any order; some keep their place."""
    stage = Stage(history=history)
    members: dict[int, FakeMember] = {}
    # For each person: the number of the last event seen, and the epoch, over all connections.
    after: dict[int, int | None] = defaultdict(lambda: None)
    epochs: dict[int, str | None] = defaultdict(lambda: None)
    tokens: dict[int, str | None] = {}
    everything: dict[int, Message] = {}

    def see(who: int, event: Message) -> None:
        assert after[who] is None or event.seq == after[who] + 1
        assert everything.setdefault(event.seq, event) == event
        after[who] = event.seq

    def read(who: int) -> None:
        for message in members[who].inbox:
            if isinstance(message, Welcome):
                if message.gone or after[who] is None:
                    after[who] = message.events[0].seq - 1 if message.events else message.seq
                for event in message.events:
                    see(who, event)
                assert after[who] == message.seq
                epochs[who] = message.epoch
                tokens[who] = message.token
            elif not isinstance(message, Error | Away):
                see(who, message)
        members[who].inbox.clear()

    for who, action in actions:
        member = members.setdefault(who, FakeMember(stage.limits, place_kept=who % 2))
        match action:
            case "join":
                resume = {"after": after[who], "epoch": epochs[who], "token": tokens.get(who)}
                stage.tell(member, Join(name=f"P{who}", **resume))
            case "say":
                stage.tell(member, Say(text="x"))
            case "leave":
                stage.rooms.receive(member, json.dumps({"type": "leave"}))
            case "nonsense":
                stage.rooms.receive(member, "{")
            case "drop":
                read(who)
                stage.rooms.leave(members.pop(who), 1006, "")
                continue
            case "break":  # nobody has noticed yet
                read(who)
                members.pop(who)
                continue
            case "wait":
                stage.let_time_pass()
        read(who)
    for who in members:
        read(who)
        if members[who].room is not None:
            assert after[who] == stage.rooms.by_name["lobby"].seq
