"""Several servers that share one log: what its rooms do with events that come later, or never."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from chatlib.chat.event_log import Asked
from chatlib.chat.messages import Error, Join, Left, Notice, Said, Say, Welcome, Whisper, encode
from chatlib.chat.rooms import Rooms
from chatlib.chat.validation import Limits
from tests.chat.test_rooms import FakeMember, kinds


class SharedLog:
    """One log in memory, read and written by servers at different speeds."""

    def __init__(self) -> None:
        self.entries: dict[str, list] = defaultdict(list)


class LogOfOne:
    """An `EventLog` whose every step is taken by the test."""

    def __init__(self, shared: SharedLog, server: str) -> None:
        self.shared = shared
        self.server = server
        self.reached = True
        self.others: list[LogOfOne] = []
        self.rooms: Rooms
        self.read_up_to: dict[str, int] = {}
        self.asked: list[tuple[str, Asked]] = []

    def serve(self, rooms) -> None:
        self.rooms = rooms

    def read(self, room: str) -> None:
        self.read_up_to[room] = 0
        self.rooms.begin(room, "epoch")

    def forget(self, room: str) -> None:
        del self.read_up_to[room]

    def ask(self, room: str, asked: Asked) -> None:
        self.asked.append((room, asked))
        if not self.reached:
            self.rooms.show_early(room, asked.event)

    def pass_on(self, room: str, message) -> None:
        for other in self.others:
            other.rooms.overhear(room, message)

    def step(self) -> bool:
        """Read one event, or write one when everything is read; return whether there was any."""
        for room, known in self.read_up_to.items():
            if known < len(self.shared.entries[room]):
                event, by = self.shared.entries[room][known]
                self.read_up_to[room] += 1
                self.rooms.take(room, event, by)
                return True
        if not self.asked or not self.reached:
            return False
        room, asked = self.asked.pop(0)
        if asked.possible():
            entries = self.shared.entries[room]
            event = asked.event.__class__
            fields = {name: getattr(asked.event, name) for name in asked.event.__struct_fields__}
            entries.append((event(**{**fields, "seq": len(entries) + 1}), asked.by))
        return True


class Campus:
    """Servers that share their rooms."""

    def __init__(self, names: str = "AB", **limits: float) -> None:
        shared = SharedLog()
        self.limits = Limits(**limits)
        self.expelled: list[tuple[FakeMember, int, str]] = []
        self.logs = [LogOfOne(shared, name) for name in names]
        self.rooms = []
        for log in self.logs:
            log.others = [other for other in self.logs if other is not log]
            rooms = Rooms(
                self.limits,
                log=log,
                expel=lambda *arguments: self.expelled.append(arguments),
                send=lambda members, data: [member.write_text(data) for member in members],
            )
            rooms.now = lambda: 0.0
            self.rooms.append(rooms)

    def settle(self) -> None:
        while any([log.step() for log in self.logs]):
            pass

    def enter(self, server: int, name: str, **options) -> FakeMember:
        member = FakeMember(self.limits)
        self.tell(server, member, Join(name=name, **options))
        self.settle()
        return member

    def tell(self, server: int, member: FakeMember, message) -> None:
        self.rooms[server].receive(member, encode(message))


def test_members_of_two_servers_see_one_sequence():
    campus = Campus()
    ana, budi = campus.enter(0, "Ana"), campus.enter(1, "Budi")
    campus.tell(0, ana, Say(text="one"))
    campus.tell(1, budi, Say(text="two"))
    assert kinds(ana)[-1] == "Joined"  # Nothing happens before the log says so.
    campus.settle()
    texts = [message for message in ana.inbox if isinstance(message, Said)]
    assert [(said.seq, said.name) for said in texts] == [(3, "Ana"), (4, "Budi")]
    assert ana.inbox[2:] == budi.inbox[1:]
    assert campus.rooms[0].by_name["lobby"].members == ("Ana", "Budi")


def test_a_name_that_is_asked_for_on_two_servers_at_once_is_given_once():
    campus = Campus()
    campus.enter(0, "Ana"), campus.enter(1, "Budi")
    first, second = FakeMember(campus.limits), FakeMember(campus.limits)
    campus.tell(0, first, Join(name="Citra"))
    campus.tell(1, second, Join(name="CITRA"))
    campus.settle()
    answers = sorted([kinds(first), kinds(second)])
    assert answers == [["Error"], ["Welcome", "Joined"]]
    refused = first if kinds(first) == ["Error"] else second
    assert refused.inbox[0].code == "name_taken"
    # Whoever was refused may ask for another name.
    campus.tell(0 if refused is first else 1, refused, Join(name="Dewi"))
    campus.settle()
    assert kinds(refused)[1:] == ["Welcome", "Joined"]


def test_who_asked_to_join_and_goes_before_the_answer_is_not_left_behind():
    campus = Campus()
    ana = campus.enter(0, "Ana")
    gone = FakeMember(campus.limits)
    campus.tell(1, gone, Join(name="Budi"))
    campus.rooms[1].leave(gone, 1006, "")
    campus.settle()
    assert campus.rooms[0].by_name["lobby"].members == ("Ana",)
    campus.enter(1, "Budi")
    assert kinds(ana)[-1] == "Joined"


def test_one_cannot_join_twice_while_waiting():
    campus = Campus()
    member = FakeMember(campus.limits)
    campus.tell(0, member, Join(name="Ana"))
    campus.tell(0, member, Join(name="Anna"))
    assert [error.code for error in member.inbox] == ["already_joined"]
    campus.settle()
    assert kinds(member) == ["Error", "Welcome", "Joined"]


def test_a_whisper_and_typing_reach_the_other_server():
    campus = Campus()
    ana, budi, citra = campus.enter(0, "Ana"), campus.enter(1, "Budi"), campus.enter(1, "Citra")
    for member in (ana, budi, citra):
        member.inbox.clear()
    campus.tell(0, ana, Whisper(to="BUDI", text="psst", id="1"))
    assert kinds(ana) == kinds(budi) == ["Whispered"] and citra.inbox == []
    campus.rooms[0].receive(ana, '{"type":"typing","on":true}')
    assert kinds(budi)[-1] == kinds(citra)[-1] == "TypingNow"
    assert kinds(ana) == ["Whispered"]


def test_without_the_others_one_talks_on_and_nobody_joins():
    campus = Campus()
    ana, budi = campus.enter(0, "Ana"), campus.enter(1, "Budi")
    ani = campus.enter(0, "Ani")
    campus.logs[0].reached = False
    campus.rooms[0].reach(False)
    assert isinstance(ani.inbox[-1], Notice)
    campus.tell(0, ana, Say(text="alone", id="7"))
    early = ani.inbox[-1]
    assert (early.seq, early.text, early.id) == (0, "alone", "7")
    campus.tell(0, ana, Whisper(to="Budi", text="psst"))
    assert ana.inbox[-1].code == "not_reached"
    assert kinds(campus.enter(0, "Dewi")) == ["Error"]
    campus.logs[0].reached = True
    campus.rooms[0].reach(True)
    campus.settle()
    assert [said.seq for said in ani.inbox if isinstance(said, Said)] == [0, 4]
    assert [said.seq for said in budi.inbox if isinstance(said, Said)] == [4]


def test_the_members_of_a_server_that_is_gone_leave_once():
    campus = Campus("ABC")
    ana = campus.enter(0, "Ana")
    campus.enter(1, "Budi")
    campus.enter(2, "Citra")
    for rooms in (campus.rooms[0], campus.rooms[2]):
        rooms.part(lambda server: server == "B")
    campus.settle()
    [left] = [message for message in ana.inbox if isinstance(message, Left)]
    assert (left.name, left.code, left.reason) == ("Budi", 1006, "its server is gone")
    assert campus.rooms[2].by_name["lobby"].members == ("Ana", "Citra")


def test_who_was_believed_gone_must_connect_again():
    campus = Campus()
    campus.enter(0, "Ana")
    budi = campus.enter(1, "Budi")
    campus.rooms[0].part(lambda server: server == "B")
    campus.settle()
    assert [(member, code) for member, code, _ in campus.expelled] == [(budi, 1012)]
    assert budi.room is None


def test_a_room_whose_events_were_lost_begins_anew():
    campus = Campus()
    ana = campus.enter(0, "Ana")
    campus.rooms[0].begin("lobby", "another epoch")
    assert [(member, code) for member, code, _ in campus.expelled] == [(ana, 1012)]
    assert campus.rooms[0].by_name["lobby"].epoch == "another epoch"


STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=2),  # the server
        st.integers(min_value=0, max_value=3),  # the person
        st.sampled_from(["join", "say", "say", "drop", "server", "server", "server", "kill"]),
    ),
    min_size=25,
    max_size=80,
)


@settings(max_examples=400)
@given(steps=STEPS, history=st.integers(min_value=4, max_value=50))
def test_any_schedule_gives_everybody_on_every_server_one_sequence(steps, history):
    """People join, say, drop and resume on any server; servers read, write and die at any time."""
    campus = Campus("ABC", history=history)
    members: dict[int, tuple[int, FakeMember]] = {}
    after: dict[int, int | None] = defaultdict(lambda: None)
    seen: dict[int, object] = {}
    dead: set[int] = set()

    def see(who: int, event) -> None:
        assert after[who] is None or event.seq == after[who] + 1
        assert seen.setdefault(event.seq, event) == event
        after[who] = event.seq

    def read(who: int) -> None:
        inbox = members[who][1].inbox
        for message in inbox:
            if isinstance(message, Welcome):
                if message.gone or after[who] is None:
                    after[who] = message.events[0].seq - 1 if message.events else message.seq
                for event in message.events:
                    see(who, event)
                assert after[who] == message.seq
            elif not isinstance(message, Error):
                see(who, message)
        inbox.clear()

    for server, who, action in steps:
        if server in dead:
            continue
        log, rooms = campus.logs[server], campus.rooms[server]
        if action == "server":
            log.step()
        elif action == "kill" and len(dead) < 2:
            dead.add(server)
            for person in [each for each, (place, _) in members.items() if place == server]:
                read(person)
                del members[person]
            for other in range(3):
                if other not in dead:
                    campus.rooms[other].part(lambda name, gone=log.server: name == gone)
        elif action == "join" and who not in members:
            members[who] = server, FakeMember(campus.limits)
            join = Join(name=f"P{who % 3}", after=after[who], epoch="epoch")
            campus.tell(server, members[who][1], join)
        elif action == "say" and who in members:
            place, member = members[who]
            campus.tell(place, member, Say(text="x"))
        elif action == "drop" and who in members:
            read(who)
            place, member = members.pop(who)
            campus.rooms[place].leave(member, 1006, "")
        for person in members:
            read(person)
    campus.logs = [log for number, log in enumerate(campus.logs) if number not in dead]
    campus.settle()
    for number, rooms in enumerate(campus.rooms):
        if number not in dead:
            rooms.part(lambda name: name in {"ABC"[gone] for gone in dead})
    campus.settle()
    inside = set()
    for who, (place, member) in members.items():
        read(who)
        if member.room is not None:
            inside.add(member.name)
            assert after[who] == campus.rooms[place].by_name["lobby"].seq
    for number, rooms in enumerate(campus.rooms):
        if number not in dead and "lobby" in rooms.by_name:
            assert set(rooms.by_name["lobby"].members) == inside
