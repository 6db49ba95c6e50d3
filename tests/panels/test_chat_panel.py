"""A chat panel against a real chat server; the browser's part is played by its messages."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import serve

from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused, NoAnswer
from chatlib.chat.messages import Join, Notice, Said, Say, encode, parse_client
from chatlib.chat.room import Room
from chatlib.chat.server import ChatServer
from chatlib.chat.validation import BadMessage, Limits
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import WireTap
from chatlib.panels.chat_panel import REPLACED, STOPPED, ChatPanel
from chatlib.panels.server_answers import NO_ANSWER, NO_ID

pytestmark = pytest.mark.usefixtures("time_limit")


@pytest.fixture
async def time_limit():
    async with asyncio.timeout(20):
        yield


class Stage:
    """A server, and the panels that a test makes."""

    def __init__(self, server):
        self.server = server
        self.loop = KernelLoop.here()
        self.panels = []

    async def panel(self, name, *, url=None, **options):
        panel = self.start(name, url=url, **options)
        return await panel.connected()

    def start(self, name, *, url=None, **options):
        async def connect(resume):
            where = url or self.server.url
            return await ChatClient.connect(where, name, ping_interval=None, **resume)

        return self.made(ChatPanel(self.loop, connect, name=name, **options))

    def made(self, panel):
        self.panels.append(panel)
        panel.answers = asyncio.Queue()
        panel.batches = []
        panel.send = lambda content, buffers=None: (
            panel.answers.put_nowait(content)
            if content["kind"] == "answer"
            else panel.batches.append(content)
        )
        return panel


@asynccontextmanager
async def stage(**options):
    async with await ChatServer.start(**{"ping_interval": None, **options}) as server:
        stage = Stage(server)
        try:
            yield stage
        finally:
            for panel in stage.panels:
                await panel.stop()
            await stage.loop.stop()
            assert stage.loop.pending == []
            for panel in stage.panels:
                panel.close()


def press(panel, kind, **fields):
    """Do what the browser does: send a message of this kind."""
    panel._handle_custom_msg({"kind": kind, **fields}, [])


async def until(panel, name, holds):
    """Wait until a trait has a value for which `holds` is true."""
    seen = asyncio.Event()
    panel.observe(lambda change: holds(change["new"]) and seen.set(), name)
    if not holds(getattr(panel, name)):
        await seen.wait()
    panel.unobserve_all(name)


def texts(panel, kind=None):
    return [row[3] for row in panel.rows if kind in (None, row[0])]


# ---------------------------------------------------------------- opening


async def test_it_connects_by_itself_and_shows_where_it_is():
    async with stage() as s:
        ana = s.start("Ana")
        assert (ana.state, ana.status) == ("connecting", "connecting")
        assert "wait" in ana.why_disabled
        assert await ana.connected() is ana
        assert (ana.state, ana.status, ana.room, ana.why_disabled) == ("open", "open", "lobby", "")
        assert ana.client.name == "Ana"


async def test_a_server_that_does_not_answer_is_said_in_words():
    async with stage() as s:
        await s.server.stop()
        ana = s.start("Ana")
        with pytest.raises(ConnectionError, match="could not be opened.*Is the server running"):
            await ana.connected()
        assert (ana.state, ana.status) == ("closed", "closed (not connected)")
        assert "Press Reconnect" in ana.why_disabled
        assert "could not be opened" in texts(ana, "note")[0]
        assert ana.error == ""


async def test_a_refused_join_is_said_in_the_servers_words():
    async with stage() as s:
        await s.panel("Ana")
        with pytest.raises(ConnectionError, match="Somebody called 'Ana' is in the room"):
            await s.panel("Ana")


@pytest.mark.parametrize("name", ["", "x" * 200])
async def test_a_name_that_cannot_be_is_changed_in_the_code(name: str):
    async with stage() as s:
        with pytest.raises(ConnectionError, match="name .* Change it in the code of the cell"):
            await s.panel(name)


async def test_a_panel_that_was_replaced_says_so():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.stop(REPLACED)
        assert texts(ana)[-1].startswith("Another panel of this name has taken its place: 1000")
        assert ana.why_disabled == REPLACED
        await ana.stop()
        assert ana.why_disabled == REPLACED


async def test_whose_server_carried_a_message_is_said_once():
    async with stage() as s:
        ana = await s.panel("Ana", carrier="Your 75 lines")
        await s.panel("Budi")
        for text in ("one", "two"):
            await ana.say(text)
        assert texts(ana, "note").count("Your 75 lines carried this message.") == 1


async def test_an_unexpected_error_while_connecting_is_shown_as_the_panels_own():
    async with stage() as s:

        async def connect(resume):
            raise KeyError("oops")

        panel = s.made(ChatPanel(s.loop, connect, name="Ana"))
        await until(panel, "error", bool)
        assert "KeyError in this panel: 'oops'" in panel.error
        assert panel.state == "closed"


async def test_a_connection_may_be_given_up_before_it_is_open():
    async with stage() as s:
        asked = asyncio.Event()

        async def connect(resume):
            asked.set()
            await asyncio.Event().wait()

        panel = s.made(ChatPanel(s.loop, connect, name="Ana"))
        await asked.wait()
        press(panel, "close")
        with pytest.raises(ConnectionError, match="given up"):
            await panel.connected()
        assert panel.error == ""


async def test_a_panel_stopped_at_once_never_connects():
    async with stage() as s:
        asked = []

        async def connect(resume):
            asked.append(resume)

        panel = s.made(ChatPanel(s.loop, connect, name="Ana"))
        await panel.stop()
        assert (asked, panel.state) == ([], "closed")


async def test_what_was_said_before_is_shown_on_opening():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.say("before")
        bo = await s.panel("Bo")
        assert texts(bo)[:2] == ["Ana joined", "before"]


# ---------------------------------------------------------------- talking


async def test_own_words_and_others_words_are_told_apart():
    async with stage() as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        await ana.say("hello")
        await bo.heard("hello")
        assert [row[0:1] + row[2:] for row in ana.rows][-1] == ["own", "Ana", "hello"]
        assert [row[0:1] + row[2:] for row in bo.rows][-1] == ["said", "Ana", "hello"]
        assert ana.text.endswith("Ana: hello")


async def test_heard_waits_for_what_is_not_said_yet():
    async with stage() as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        heard = asyncio.create_task(ana.heard("later"))
        await bo.say("sooner")
        assert not heard.done()
        await bo.say("later")
        await heard


async def test_the_browser_is_told_that_its_text_was_said():
    async with stage() as s:
        ana = await s.panel("Ana")
        press(ana, "say", id="7", text="hi")
        assert await ana.answers.get() == {"kind": "answer", "id": "7", "refused": ""}
        assert texts(ana)[-1] == "hi"


async def test_texts_are_said_in_the_order_in_which_they_were_typed():
    async with stage() as s:
        ana = await s.panel("Ana")
        for number in range(20):
            press(ana, "say", id=number, text=f"text {number}")
        for _ in range(20):
            assert (await ana.answers.get())["refused"] == ""
        assert texts(ana, "own") == [f"text {number}" for number in range(20)]


@pytest.mark.parametrize(
    ("text", "words"),
    [(" ", "empty"), ("x" * 4001, "4001 characters"), ("\ud800", "surrogate")],
)
async def test_a_text_that_cannot_be_said_goes_back_with_the_reason(text, words):
    async with stage() as s:
        ana = await s.panel("Ana")
        press(ana, "say", id=1, text=text)
        assert words in (await ana.answers.get())["refused"]
        with pytest.raises(BadMessage, match=words):
            await ana.say(text)
        await ana.say("still connected")


async def test_a_text_that_the_server_refuses_goes_back_with_the_reason():
    async with stage(limits=Limits(burst=3, rate=0.001)) as s:
        ana = await s.panel("Ana")
        await ana.say("one")
        await ana.say("two")
        press(ana, "say", id=1, text="three")
        refused = (await ana.answers.get())["refused"]
        with pytest.raises(ChatRefused) as caught:
            await ana.say("four")
        assert caught.value.code == "too_fast"
        assert refused == caught.value.sentence


async def test_a_text_for_a_closed_panel_goes_back_with_the_reason():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.disconnect()
        press(ana, "say", id=1, text="hi")
        assert "Press Reconnect" in (await ana.answers.get())["refused"]


async def test_a_text_on_its_way_goes_back_when_the_connection_closes():
    async with stage() as s:
        ana = await s.panel("Ana")
        # A server that reads but says nothing: the member is expelled, so it is not acted on.
        s.server._rooms.receive = lambda member, data: None
        press(ana, "say", id=1, text="lost")
        asked = asyncio.create_task(ana.say("lost too"))
        await s.server.disconnect("Ana", code=1008, reason="enough")
        assert "1008" in (await ana.answers.get())["refused"]
        with pytest.raises(ChatClosed, match="enough"):
            await asked


async def test_an_unexpected_error_is_shown_and_the_text_goes_back():
    async with stage() as s:
        ana = await s.panel("Ana")

        async def say(text, *, id):
            raise KeyError("oops")

        ana.client.say = say
        press(ana, "say", id=1, text="hi")
        assert "This panel failed" in (await ana.answers.get())["refused"]
        await until(ana, "error", bool)
        assert "KeyError" in ana.error


async def test_an_error_message_about_nothing_that_was_said_is_a_line():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.client.connection.send("no JSON")
        await ana.say("later")
        assert any(line.startswith("The server says: This is not JSON") for line in texts(ana))


async def test_older_events_that_were_asked_for_are_shown():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.say("hi")
        await ana.client.history(1)
        await ana.say("later")
        assert texts(ana)[-3:] == [
            "The server sent 1 older events, which were asked for:",
            "hi",
            "later",
        ]


async def test_markup_stays_text():
    async with stage() as s:
        ana = await s.panel("Ana")
        markup = "<img src=x onerror=alert(1)>"
        await ana.say(markup)
        assert texts(ana)[-1] == markup
        bundle, _ = ana._repr_mimebundle_()
        assert "<img" not in bundle["text/html"]
        assert "&lt;img" in bundle["text/html"]


async def test_what_has_no_number_yet_is_shown_once():
    def twice(room, say):
        told = [Notice(sentence="The other servers are not reached.")]
        told += [Said(seq=0, name="Ana", text=say.text, time=0.0, id=say.id)]
        return [*told, room.said("Ana", say.text, time=0.0, id=say.id)]

    async with stage() as s, own_server(twice) as url:
        ana = await s.panel("Ana", url=url)
        await ana.say("one")
        await ana.say("two")
        assert [text for text in texts(ana) if text in ("one", "two")] == ["one", "two"]
        assert texts(ana).count("The other servers are not reached.") == 2
        assert ana.client.last_seq == 2


# ---------------------------------------------------------------- who is there, who types


async def test_members_follow_who_joins_and_leaves():
    async with stage() as s:
        ana = await s.panel("Ana")
        bo = await s.panel("Bo")
        await until(ana, "members", lambda members: members == ["Ana", "Bo"])
        await bo.disconnect(1000, "lunch")
        await until(ana, "members", lambda members: members == ["Ana"])
        assert texts(ana)[-1] == 'Bo left: closed with 1000 normal closure, reason "lunch"'
        assert bo.members == []


async def test_somebody_who_leaves_the_room_only_is_gone_too():
    async with stage() as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        await until(ana, "members", lambda members: members == ["Ana", "Bo"])
        await bo.client.leave()
        await until(ana, "members", lambda members: members == ["Ana"])
        assert texts(ana)[-1] == "Bo left"


async def test_others_see_who_is_typing_until_the_text_is_said():
    async with stage() as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        press(bo, "typing", on=True)
        await until(ana, "typing", lambda names: names == ["Bo"])
        await bo.say("done")
        await ana.heard("done")
        assert ana.typing == []
        press(bo, "typing", on=True)
        await until(ana, "typing", lambda names: names == ["Bo"])
        press(bo, "typing", on=False)
        await until(ana, "typing", lambda names: names == [])


async def test_who_is_away_is_no_longer_typing():
    async with stage(place_kept=60) as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        press(bo, "typing", on=True)
        await until(ana, "typing", lambda names: names == ["Bo"])
        bo.client.connection.transport.abort()
        await until(ana, "away", lambda names: names == ["Bo"])
        assert (ana.members, ana.typing) == (["Ana", "Bo"], [])


async def test_a_whisper_is_read_by_two():
    async with stage() as s:
        ana, budi, citra = [await s.panel(name) for name in ("Ana", "Budi", "Citra")]
        await ana.say("/whisper Budi only for you")
        await ana.say("for all")
        for panel in (ana, budi, citra):
            await panel.heard("for all")
        assert "Ana whispers to Budi: only for you" in ana.text
        assert "Ana whispers to Budi: only for you" in budi.text
        assert "only for you" not in citra.text
        with pytest.raises(ChatRefused, match="Nobody called 'Bdui'"):
            await ana.say("/whisper Bdui only for you")
        with pytest.raises(BadMessage, match="empty"):
            await ana.say("/whisper Budi ")


async def test_typing_while_closed_is_nothing_to_tell():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.disconnect()
        press(ana, "typing", on=True)
        await asyncio.sleep(0)
        assert ana.error == ""


# ---------------------------------------------------------------- closing


async def test_close_button_starts_the_closing_handshake():
    async with stage() as s:
        ana = await s.panel("Ana")
        states = []
        ana.observe(lambda change: states.append(change["new"]), "state")
        press(ana, "close")
        await until(ana, "state", lambda state: state == "closed")
        assert states == ["closing", "closed"]
        assert ana.status == "closed (1000 normal closure)"
        assert texts(ana)[-1] == "You closed the connection: 1000 normal closure."


async def test_a_close_by_the_server_is_shown_with_code_and_reason():
    async with stage() as s:
        ana = await s.panel("Ana")
        await s.server.stop(1001, "see you")
        await until(ana, "state", lambda state: state == "closed")
        assert ana.status == "closed (1001 going away)"
        assert (
            texts(ana)[-1] == 'The server closed the connection: 1001 going away, reason "see you".'
        )
        with pytest.raises(ConnectionError, match="1001 going away"):
            await ana.say("hi")


async def test_closed_waits_for_either_side():
    async with stage() as s:
        ana = await s.panel("Ana")
        closed = asyncio.create_task(ana.closed())
        await s.server.disconnect("Ana", code=1000)
        assert await closed is ana
        assert ana.state == "closed"


async def test_a_lost_connection_is_shown_as_lost():
    async with stage() as s:
        ana = await s.panel("Ana")
        for connection in s.server._ports[0].connections:
            connection.transport.abort()
        await until(ana, "state", lambda state: state == "closed")
        assert ana.status == "closed (1006 abnormal closure)"
        assert "without a closing handshake" in texts(ana)[-1]


async def test_a_code_that_may_not_travel_closes_nothing():
    async with stage() as s:
        ana = await s.panel("Ana")
        with pytest.raises(ValueError, match="123"):
            await ana.disconnect(1000, "x" * 124)
        assert ana.state == "open"


async def test_a_server_that_sends_no_chat_is_shown_and_left():
    async with stage() as s:
        ana = await s.panel("Ana")
        (connection,) = s.server._ports[0].connections
        await connection.send("[]")
        await until(ana, "error", bool)
        assert ana.state == "closed"
        assert "BadMessage" in ana.error


# ---------------------------------------------------------------- a learner's own server


@asynccontextmanager
async def own_server(answer):
    """A chat of a learner: it answers `join` as it must, and a `say` by what `answer` makes."""

    async def handler(connection):
        room = Room("lobby", epoch="e")
        async for text in connection:
            match parse_client(text):
                case Join(name=name):
                    await connection.send(encode(room.welcome(name, after=None, epoch=None)))
                    await connection.send(encode(room.join(name, time=0.0)))
                case Say() as say:
                    said = answer(room, say)
                    for each in said if isinstance(said, list) else [said] if said else []:
                        await connection.send(encode(each))

    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_text_that_comes_back_without_its_id_was_said_and_the_panel_says_what_is_missing():
    def without_id(room, say):
        return room.say("Ana", say.text, time=0.0)

    async with stage() as s, own_server(without_id) as url:
        ana = await s.panel("Ana", url=url)
        await asyncio.gather(ana.say("one"), ana.say("one"), ana.say("two"))
        press(ana, "say", id=7, text="three")
        assert await ana.answers.get() == {"kind": "answer", "id": 7, "refused": ""}
        assert sorted(texts(ana, "own")) == ["one", "one", "three", "two"]
        assert texts(ana, "note").count(NO_ID) == 1


@pytest.mark.parametrize(
    "answer",
    [lambda room, say: None, lambda room, say: room.say("Ana", say.text, time=0.0, id="mine")],
    ids=["nothing", "another id"],
)
async def test_a_text_that_the_server_does_not_answer_goes_back_and_the_server_is_named(
    answer, monkeypatch
):
    monkeypatch.setattr("chatlib.panels.server_answers.ANSWER_TIMEOUT", 0.2)
    async with stage() as s, own_server(answer) as url:
        ana = await s.panel("Ana", url=url)
        with pytest.raises(NoAnswer, match="server has not answered"):
            await ana.say("hello")
        press(ana, "say", id=7, text="typed")
        assert await ana.answers.get() == {"kind": "answer", "id": 7, "refused": NO_ANSWER}
        assert ana.state == "open" and ana.error == ""


async def test_a_server_that_reads_nothing_keeps_nobody_waiting(monkeypatch):
    monkeypatch.setattr("chatlib.panels.chat_panel.ANSWER_TIMEOUT", 0.1)
    async with stage() as s, own_server(lambda room, say: None) as url:
        ana = await s.panel("Ana", url=url)

        async def never_drained(text, *, id):
            await asyncio.Event().wait()

        monkeypatch.setattr(ana.client, "say", never_drained)
        press(ana, "say", id=7, text="typed")
        assert await ana.answers.get() == {"kind": "answer", "id": 7, "refused": NO_ANSWER}


async def test_a_server_that_sends_no_welcome_is_named_as_the_cause():
    async def silent(connection):
        await connection.wait_closed()

    async with stage() as s, serve(silent, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        async def connect(resume):
            return await ChatClient.connect(url, "Ana", welcome_timeout=0.05)

        panel = s.made(ChatPanel(s.loop, connect, name="Ana"))
        with pytest.raises(ConnectionError, match="no `welcome` came. Is it a chat server"):
            await panel.connected()
        assert "Is the server running" not in panel.why_disabled
        assert panel.error == ""


# ---------------------------------------------------------------- connecting again


async def test_after_reconnecting_missed_messages_appear_once_and_in_order():
    async with stage() as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        await bo.say("1")
        await ana.heard("1")
        await ana.disconnect()
        await bo.say("2")
        await bo.say("3")
        press(ana, "reconnect")
        await ana.connected()
        await bo.say("4")
        await ana.heard("4")
        assert texts(ana, "said") == ["1", "2", "3", "4"]


async def test_reconnecting_twice_connects_once():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.disconnect()
        press(ana, "reconnect")
        press(ana, "reconnect")
        assert await ana.reconnect() is ana
        assert s.server.rooms["lobby"].members == ("Ana",)


async def test_a_gap_that_cannot_be_filled_is_said():
    async with stage(limits=Limits(history=2)) as s:
        ana, bo = await s.panel("Ana"), await s.panel("Bo")
        await ana.disconnect()
        for number in range(5):
            await bo.say(str(number))
        await ana.reconnect()
        assert any("Some messages are missing here" in line for line in texts(ana, "note"))
        assert texts(ana, "said") == ["3", "4"]


async def test_nothing_is_said_of_a_gap_where_there_is_none():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.disconnect()
        await ana.reconnect()
        assert not any("missing" in line for line in texts(ana))


# ---------------------------------------------------------------- the end


async def test_a_stopped_panel_shows_its_last_state_and_why():
    async with stage() as s:
        ana = await s.panel("Ana")
        await ana.say("hi")
        await ana.stop()
        await ana.stop()
        assert (ana.state, ana.stopped, ana.why_disabled) == ("closed", True, STOPPED)
        assert texts(ana, "own") == ["hi"]
        press(ana, "reconnect")
        with pytest.raises(ConnectionError, match="lab was stopped"):
            await ana.reconnect()


async def test_the_loops_end_closes_the_connection_too():
    async with stage() as s:
        ana = await s.panel("Ana")
        await s.loop.stop()
        assert (ana.state, ana.client.close_code) == ("closed", 1000)


# ---------------------------------------------------------------- the numbers


async def test_numbers_of_the_connection_come_from_its_trace():
    async with stage(compression=None) as s, AsyncTap(s.server.port) as tap:
        ana = await s.panel(
            "Ana", url=tap.url, trace_of=lambda client: tap.trace_of(client.local_port)
        )
        await ana.say("hi")
        await until(ana, "stats", lambda stats: stats.get("messages_out") == 2)
        stats = ana.stats
        assert stats["messages_in"] == 3  # the welcome, that Ana joined, what Ana said
        assert stats["bytes_out"] == tap.traces[0].bytes_from("client")
        assert stats["bytes_in"] == tap.traces[0].bytes_from("server")
        assert stats["rtt_ms"] > 0
        assert stats["queued"] == 0
        assert 50 < stats["bytes_per_message"] < 150


async def test_without_a_trace_bytes_are_unknown():
    async with stage() as s:
        ana = await s.panel("Ana")
        press(ana, "typing", on=True)
        await until(ana, "stats", lambda stats: stats.get("messages_out") == 2)
        assert ana.stats["bytes_out"] is None
        assert ana.stats["bytes_per_message"] is None


async def test_a_queue_is_looked_at_until_it_is_empty():
    async with stage() as s:
        ana = await s.panel("Ana")
        queues = [5000, 300, 0]
        transport = ana.client.connection.transport
        transport.get_write_buffer_size, size = (
            lambda: queues.pop(0) if queues else 0,
            transport.get_write_buffer_size,
        )
        shown = []
        ana.observe(lambda change: shown.append(change["new"]["queued"]), "stats")
        await until(ana, "stats", lambda stats: stats.get("queued") == 0)
        transport.get_write_buffer_size = size
        assert shown == [5000, 300, 0]


class AsyncTap:
    def __init__(self, port):
        self.port = port

    async def __aenter__(self):
        self.tap = await WireTap.start(self.port)
        return self.tap

    async def __aexit__(self, *error):
        await self.tap.stop()


# ---------------------------------------------------------------- static views and threads


async def test_a_page_without_a_kernel_has_the_log():
    async with stage() as s:
        ana = await s.panel("Ana")
        for number in range(40):
            await ana.say(f"text {number}")
        bundle, _ = ana._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert bundle["text/plain"].startswith("Ana in lobby: open\n")
        assert "text 39" in bundle["text/html"]
        assert "11 older rows are not shown" in bundle["text/html"]
        assert repr(ana) == "<ChatPanel 'Ana': open, 41 rows>"


async def test_a_panel_of_another_thread_talks_on_the_kernels_loop():
    async with stage() as s:
        ana = await asyncio.to_thread(s.start, "Ana")
        await ana.connected()
        await asyncio.to_thread(press, ana, "say", id=1, text="from a thread")
        await ana.heard("from a thread")
        assert ana.error == ""
