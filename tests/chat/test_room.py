import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat.messages import Joined, Left, Said, encode_utf8
from chatlib.chat.room import Room
from chatlib.chat.validation import BadMessage, Limits


def room_with(texts: int, **limits: int) -> Room:
    """Return a room in which Ana joined (event 1) and said some numbers (events 2, 3, …)."""
    room = Room("lobby", epoch="e", limits=Limits(**limits))
    room.join("Ana", time=0.0)
    for number in range(texts):
        room.say("Ana", str(number), time=float(number))
    return room


def numbers(room: Room, after: int | None, epoch: str | None = "e") -> tuple[list[int], bool]:
    events, gone = room.since(after, epoch)
    return [event.seq for event in events], gone


def test_events_are_numbered_from_one():
    room = Room("lobby", epoch="e")
    assert room.seq == 0
    assert room.join("Ana", time=1.0) == Joined(seq=1, name="Ana", time=1.0)
    said = Said(seq=2, name="Ana", text="a", time=2.0, id="7")
    assert room.say("Ana", "a", time=2.0, id="7") == said
    left = Left(seq=3, name="Ana", time=3.0, code=1006, reason="")
    assert room.leave("Ana", time=3.0, code=1006, reason="") == left
    assert room.seq == 3
    assert [event.seq for event in room.events] == [1, 2, 3]


def test_members_in_the_order_of_joining():
    room = Room("lobby", epoch="e")
    for name in ("Cem", "Ana", "Bob"):
        room.join(name, time=0.0)
    room.leave("Ana", time=0.0)
    assert room.members == ("Cem", "Bob")


@pytest.mark.parametrize("name", ["Ana", "ANA", "ａｎａ"])
def test_a_name_that_looks_the_same_is_taken(name: str):
    room = room_with(0)
    with pytest.raises(BadMessage) as caught:
        room.join(name, time=0.0)
    assert caught.value.code == "name_taken"
    assert room.seq == 1
    room.leave("Ana", time=0.0)
    assert room.join(name, time=0.0).seq == 3


def test_only_members_can_leave():
    room = room_with(0)
    with pytest.raises(KeyError):
        room.leave("Bob", time=0.0)
    assert room.seq == 1


def test_since():
    room = room_with(4)
    assert numbers(room, 3) == ([4, 5], False)
    assert numbers(room, 5) == ([], False)
    assert numbers(room, 0) == ([1, 2, 3, 4, 5], False)
    assert numbers(room, None) == ([1, 2, 3, 4, 5], False)


def test_since_when_history_is_gone():
    room = room_with(9, history=4)
    assert numbers(room, None) == ([7, 8, 9, 10], False)
    assert numbers(room, 6) == ([7, 8, 9, 10], False)
    assert numbers(room, 5) == ([7, 8, 9, 10], True)
    assert numbers(room, 10) == ([], False)


@pytest.mark.parametrize(("after", "epoch"), [(2, "another"), (2, None), (3, "e")])
def test_a_number_that_this_epoch_never_had(after: int, epoch: str | None):
    assert numbers(room_with(1), after, epoch) == ([1, 2], True)


def test_no_history_at_all():
    room = room_with(1, history=0)
    assert numbers(room, 2) == ([], False)
    assert numbers(room, 1) == ([], True)


def test_history_is_bounded_in_bytes_too():
    room = room_with(0, history_bytes=10_000)
    for _ in range(100):
        room.say("Ana", "\x00" * 200, time=0.0)
        assert sum(len(encode_utf8(event)) for event in room.events) <= 10_000
    assert 5 <= len(room.events) < 10
    assert room.events[-1].seq == room.seq == 101


def test_a_welcome_describes_the_room_before_the_newcomer():
    room = room_with(3, history=2)
    welcome = room.welcome("Bob", after=1, epoch="e")
    assert (welcome.room, welcome.name, welcome.epoch, welcome.seq) == ("lobby", "Bob", "e", 4)
    assert welcome.members == ("Ana",)
    assert [event.seq for event in welcome.events] == [3, 4]
    assert welcome.gone
    assert welcome.limits.history == 2


def test_repr():
    assert repr(room_with(2)) == "<Room 'lobby': 1 members, 3 events>"


@given(
    actions=st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["join", "leave", "say"]))),
    history=st.integers(min_value=0, max_value=6),
    data=st.data(),
)
def test_whoever_resumes_gets_what_came_after_or_is_told(actions, history, data):
    """At any moment, for any number: the events after it without a gap, or `gone`."""
    room = Room("lobby", epoch="e", limits=Limits(history=history))
    everything = []
    for name, action in actions:
        if action == "join" and name not in room.members:
            everything.append(room.join(name, time=0.0))
        elif action == "leave" and name in room.members:
            everything.append(room.leave(name, time=0.0))
        elif action == "say" and name in room.members:
            everything.append(room.say(name, "x", time=0.0))
        after = data.draw(st.integers(min_value=0, max_value=room.seq))
        events, gone = room.since(after, "e")
        missed = everything[after:]
        assert list(events) == missed[len(missed) - len(events) :]
        assert gone == (len(events) < len(missed))
    assert [event.seq for event in everything] == list(range(1, len(everything) + 1))
