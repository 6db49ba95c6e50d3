"""Sixty members, three servers that are programs of their own, and what dies meanwhile."""

import asyncio

import pytest
from websockets import broadcast

from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.crowd import ChatMember, Member, QuietMember, flow
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.chapters.beyond_one_server.time_line import draw_flow, spans_of


def urls(programs):
    return [program.direct_url for program in programs]


async def test_nothing_is_lost_when_a_server_and_nats_die(lab, nats):
    programs = a, b, c = await start_programs(lab, nats)
    [node] = nats.nodes
    run = await flow(
        urls(programs),
        "B and NATS are killed",
        (0.5, "B", b.kill),
        (1.5, "NATS", node.kill),
        (2.0, "NATS again", node.start),
        members=60,
        seconds=3,
    )
    assert not b.running and a.running and c.running
    assert (run.said, run.lost, run.doubled, run.disordered) == (180, 0, 0, 0)
    assert len(run.heard) == 60 and run.late > 0


async def test_nothing_is_lost_when_a_cluster_loses_a_node_and_the_chat_a_server(lab):
    cluster = await Nats.start(lab, nodes=3)
    programs = await start_programs(lab, cluster)
    killed = (0.5, "n1", cluster.nodes[0].kill), (0.7, "B", programs[1].kill)
    run = await flow(urls(programs), "n1 and B are killed", *killed, members=60, seconds=2)
    assert (run.said, run.lost, run.doubled, run.disordered) == (120, 0, 0, 0)


async def test_a_server_that_is_replaced_keeps_its_port_and_its_members(lab, nats):
    [program] = await start_programs(lab, nats, "A")
    port = program.tap.target_port
    run = await flow(urls([program]), "replaced", (0.3, "A", program.replace), members=4, seconds=1)
    assert program.tap.target_port == port and program.running
    assert (run.lost, run.doubled, run.disordered) == (0, 0, 0)


async def test_a_plain_server_that_stops_loses_texts_and_that_is_counted(lab):
    members = {"a": set(), "b": set()}

    def room(name):
        async def handler(connection):
            members[name].add(connection)
            try:
                async for text in connection:
                    broadcast(members["a"] | members["b"], text)
            finally:
                members[name].discard(connection)

        return handler

    a, b = await lab.serve(room("a"), name="a"), await lab.serve(room("b"), name="b")
    where = [a.url, b.url]
    run = await flow(where, "B stops", (0.3, "B", b.stop), members=4, seconds=3, kind=Member)
    assert run.lost > 0 and run.doubled == 0
    assert run.silence > Member.pause


async def test_a_member_whose_life_ends_with_an_error_is_named(lab):
    class Broken(Member):
        async def live(self) -> None:
            await asyncio.sleep(0)
            raise KeyError("oops")

    broken = flow(["ws://127.0.0.1:1"], "broken", members=1, seconds=0, kind=Broken)
    with pytest.raises(KeyError, match="oops"):
        await asyncio.wait_for(broken, 1)


async def test_one_that_hears_itself_not_misses_nothing(lab):
    members = set()

    async def room(connection):
        members.add(connection)
        async for text in connection:
            broadcast(members - {connection}, text)

    service = await lab.serve(room)
    run = await flow([service.url], "quiet", members=3, seconds=0.5, kind=QuietMember)
    assert run.said == 30 and run.lost == 0


async def test_another_order_and_doubles_are_counted(lab):
    """The server tells each second member two texts in turn the other way round, and one twice."""
    members, held = [], []

    async def room(connection):
        members.append(connection)
        async for text in connection:
            held.append(text)
            if len(held) == 2:
                await members[0].send(held[0])
                await members[0].send(held[1])
                await members[1].send(held[1])
                await members[1].send(held[0])
                await members[1].send(held[0])
                held.clear()

    service = await lab.serve(room)
    run = await flow([service.url], "mixed", members=2, rate=40, seconds=0.5, kind=Member)
    assert (run.said, run.lost, run.doubled, run.disordered) == (20, 0, 10, 10)


async def test_a_run_that_is_cancelled_leaves_nothing(lab, nats):
    [program] = await start_programs(lab, nats, "A")
    talking = asyncio.Event()

    async def tell():
        talking.set()

    moment = (0.1, "they talk", tell)
    running = asyncio.create_task(flow(urls([program]), "cut", moment, members=4, seconds=60))
    await talking.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert not [task for task in asyncio.all_tasks() if "lives" in task.get_name()]
    assert ChatMember.patience > Member.patience


def test_a_line_is_broken_where_nothing_was_heard():
    assert spans_of((0.0, 0.1, 0.2, 1.0)) == [(0.0, 0.2), (1.0, 0.02)]
    assert spans_of(()) == []


async def test_the_picture_says_what_happened(lab, nats):
    [program] = await start_programs(lab, nats, "A")
    run = await flow(
        urls([program]),
        "nothing",
        (0.1, "a moment", lambda: asyncio.sleep(0)),
        members=25,
        seconds=0.5,
    )
    picture = draw_flow(run)
    assert picture.description.startswith("nothing. 30 texts were said: 0 times lost")
    assert "a moment" in picture.svg and ">Ana<" in picture.svg
    assert ">Budi<" not in picture.svg  # of many members, not each one is named
    assert "The numbers" in run._repr_mimebundle_()["text/html"]
