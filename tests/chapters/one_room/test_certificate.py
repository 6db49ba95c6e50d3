"""A classroom over wss, with a certificate of its own."""

import ssl
import sys

import pytest

from chatlib.chapters.one_room.certificate import certificate_for
from chatlib.chapters.one_room.classroom import Classroom
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


def test_without_trustme_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(RuntimeError, match="pip install trustme"):
        certificate_for("127.0.0.1")
