"""The classroom's door as the notebook shows it: open, closed, or why it cannot be opened."""

import pytest

from chatlib import Lab
from chatlib.chapters.one_room import classroom as module
from chatlib.chapters.one_room.classroom import Classroom, open_to_classroom
from chatlib.chat.client import ChatClient
from chatlib.chat.server import ChatServer


@pytest.fixture
async def server():
    async with await ChatServer.start() as running:
        yield running


async def test_an_open_one_shows_how_to_come_in(server):
    classroom = await Classroom.open(server, host="127.0.0.1", most=30)
    shown = classroom._repr_mimebundle_()
    text, html = shown["text/plain"], shown["text/html"]
    assert classroom.is_open
    assert classroom.address.startswith("http://127.0.0.1:")
    for part in (classroom.address, classroom.code, "at most 30", "not encrypted", "close()"):
        assert part in text
    assert f'aria-label="QR code of {classroom.link}"' in html
    assert f'<a href="{classroom.link}" target="_blank"' in html
    assert "<code>await classroom.close()</code>" in html
    # The quiet zone: a white square behind everything, also in a dark theme.
    assert '<path fill="#fff"' in html
    assert classroom.link == f"{classroom.address}#{classroom.code}"
    assert classroom.code in repr(classroom)
    await classroom.close()


async def test_it_lets_guests_in_and_out(server):
    classroom = await Classroom.open(server, host="127.0.0.1")
    guest = await ChatClient.connect(classroom.url, "Budi", code=classroom.code)
    assert guest.state == "open"
    await classroom.close()
    await classroom.close()
    assert [message async for message in guest]
    assert (guest.close_code, guest.close_reason) == (1001, "the classroom was closed")
    assert not classroom.is_open
    assert "is closed" in classroom._repr_mimebundle_()["text/plain"]
    assert repr(classroom) == "<Classroom: closed>"


@pytest.mark.parametrize("hub", [True, False])
async def test_where_it_cannot_work_it_says_why_and_opens_nothing(server, monkeypatch, hub: bool):
    monkeypatch.setattr(module, "on_a_hub", lambda: hub)
    monkeypatch.setattr(module, "lan_addresses", lambda: [])
    classroom = await Classroom.open(server)
    words = classroom._repr_mimebundle_()["text/html"]
    assert ("must never be shared" if hub else "in no network") in words
    assert not classroom.is_open
    assert (classroom.address, classroom.link, classroom.url) == ("", "", "")
    assert repr(classroom) == "<Classroom: not opened>"
    await classroom.close()


async def test_further_addresses_are_named(server, monkeypatch):
    monkeypatch.setattr(module, "on_a_hub", lambda: False)
    monkeypatch.setattr(module, "lan_addresses", lambda: ["127.0.0.1", "10.8.0.2"])
    classroom = await Classroom.open(server)
    assert 'host="10.8.0.2"' in classroom._repr_mimebundle_()["text/plain"]
    await classroom.close()


async def test_a_public_address_is_called_public(server, monkeypatch):
    monkeypatch.setattr(module, "is_loopback", lambda address: False)
    monkeypatch.setattr(module, "is_private", lambda address: address != "127.0.0.1")
    classroom = await Classroom.open(server, host="127.0.0.1")
    assert "INTERNET" in classroom.reach
    await classroom.close()


async def test_an_address_of_this_computer_alone_is_called_a_rehearsal(server):
    classroom = await Classroom.open(server, host="127.0.0.1")
    text = classroom._repr_mimebundle_()["text/plain"]
    assert "a rehearsal: only programs on this computer" in text and "Wi-Fi" not in text
    assert "with guests from the network, others" in text
    await classroom.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", "::ffff:0.0.0.0"])
async def test_all_networks_at_once_are_refused_in_words(server, monkeypatch, host: str):
    monkeypatch.setattr(module, "lan_addresses", lambda: ["192.168.1.5", "10.8.0.2"])
    classroom = await Classroom.open(server, host=host)
    text = classroom._repr_mimebundle_()["text/plain"]
    assert not classroom.is_open and classroom.link == ""
    assert f"{host} stands for every network of this computer" in text
    assert text.endswith('Here: host="192.168.1.5", host="10.8.0.2".')


async def test_an_address_that_no_link_can_have_is_refused_in_words(server, monkeypatch):
    monkeypatch.setattr(module, "lan_addresses", lambda: [])
    classroom = await Classroom.open(server, host="fe80::1")
    assert "a browser cannot open a link to it" in classroom.why_not
    assert classroom.why_not.endswith('Here: host="127.0.0.1".')


@pytest.mark.parametrize("host", ["::1", "localhost"])
async def test_the_link_leads_to_the_address_that_listens(server, host: str):
    try:
        classroom = await Classroom.open(server, host=host)
    except OSError:
        pytest.skip(f"NOT TESTED: this machine has no {host}")
    with_brackets = "http://[::1]:" if host == "::1" else ("http://127.0.0.1:", "http://[::1]:")
    assert classroom.link.startswith(with_brackets)
    assert "a rehearsal" in classroom._repr_mimebundle_()["text/plain"]
    async with await ChatClient.connect(classroom.url, "Budi", code=classroom.code) as budi:
        assert budi.state == "open"
    own_page = classroom.address.removesuffix("/")
    async with await ChatClient.connect(
        classroom.url, "Budi", code=classroom.code, origin=own_page
    ) as budi:
        assert budi.state == "open"
    await classroom.close()


async def test_the_lab_opens_one_at_a_time_and_stops_it():
    async with await Lab.start() as lab:
        first = await open_to_classroom(lab, "127.0.0.1")
        second = await open_to_classroom(lab, "127.0.0.1")
        assert (first.is_open, second.is_open) == (False, True)
        ana = lab.panel("Ana")
        await ana.connected()
        async with await ChatClient.connect(second.url, "Budi", code=second.code) as budi:
            await budi.say("Hello from a phone")
            await ana.heard("Hello from a phone")
    assert not second.is_open
