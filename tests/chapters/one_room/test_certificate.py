"""A classroom over wss, with a certificate of its own."""

import asyncio
import ssl
import sys
from contextlib import suppress

import pytest

from chatlib.chapters.one_room.certificate import certificate_for
from chatlib.chapters.one_room.classroom import Classroom
from chatlib.chapters.one_room.guests import Guests, open_for_guests
from chatlib.chat.client import ChatClient
from chatlib.chat.server import ChatServer


async def test_guests_come_in_over_tls_and_strangers_to_the_certificate_do_not():
    async with await ChatServer.start() as server:
        classroom = await Classroom.open(server, host="127.0.0.1", encrypted=True)
        assert classroom.url.startswith("wss://127.0.0.1:")
        assert classroom.address.startswith("https://")
        words = classroom._repr_mimebundle_()["text/plain"]
        assert "is encrypted (wss)" in words and "read along" not in words
        with pytest.raises(ssl.SSLCertVerificationError):
            await ChatClient.connect(classroom.url, "Budi")
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        async with await ChatClient.connect(
            classroom.url, "Budi", code=classroom.code, ssl=trusting
        ) as budi:
            await budi.say("Halo")
            assert server.rooms["lobby"].members == ("Budi",)


async def cut(reader: asyncio.StreamReader) -> None:
    """Wait until the server has ended a TCP connection, on which it has said nothing."""
    async with asyncio.timeout(5):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


@pytest.mark.skipif("sys.platform == 'win32'")
@pytest.mark.usefixtures("nothing_is_left_behind")
async def test_connections_that_never_begin_their_tls_handshake_end_with_the_server():
    async with await ChatServer.start() as server:
        tls = certificate_for("127.0.0.1")
        door = await open_for_guests(server, "127.0.0.1", Guests(), ssl=tls)
        silent = [await asyncio.open_connection("127.0.0.1", door.number) for _ in range(3)]
        async with asyncio.timeout(5):
            while len(door._listener.unknown) < len(silent):
                await asyncio.sleep(0)
        assert door.connections == set()
        await server.stop()
        for reader, writer in silent:
            await cut(reader)
            writer.close()


@pytest.mark.skipif("sys.platform == 'win32'")
@pytest.mark.usefixtures("nothing_is_left_behind")
async def test_without_descriptors_connections_are_cut_before_their_tls_handshake(monkeypatch):
    async with await ChatServer.start() as server:
        tls = certificate_for("127.0.0.1")
        door = await open_for_guests(server, "127.0.0.1", Guests(), ssl=tls)
        monkeypatch.setattr("chatlib.chat.connections.descriptors_run_out", lambda number: True)
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.number)
            await cut(reader)
            writer.close()
        assert door._listener.unknown == set()


def test_without_trustme_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(RuntimeError, match="pip install trustme"):
        certificate_for("127.0.0.1")
