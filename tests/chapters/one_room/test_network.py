import socket

import pytest

from chatlib.chapters.one_room import network


class Probe:
    """A UDP socket of a machine with given routes."""

    routes: dict[str, str] = {}

    def __init__(self, family, kind):
        assert kind == socket.SOCK_DGRAM

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Close."""

    def connect(self, address):
        if address[0] not in self.routes:
            raise OSError("Network is unreachable")
        self.there = address[0]

    def getsockname(self):
        return self.routes[self.there], 50000


@pytest.fixture
def routes(monkeypatch):
    """Give this machine other routes."""

    def use(**found: str) -> None:
        names = {"anywhere": 0, "wifi": 1, "vpn": 2, "docker": 3}
        given = {network.ANYWHERE[names[name]]: address for name, address in found.items()}
        monkeypatch.setattr(Probe, "routes", given)
        monkeypatch.setattr(network.socket, "socket", Probe)

    return use


def test_the_usual_way_out_comes_first(routes):
    routes(anywhere="192.168.1.5", wifi="192.168.1.5", vpn="10.8.0.2", docker="172.17.0.1")
    assert network.lan_addresses() == ["192.168.1.5", "10.8.0.2", "172.17.0.1"]


def test_no_network_no_address(routes):
    routes()
    assert network.lan_addresses() == []


@pytest.mark.parametrize("own", ["127.0.0.1", "0.0.0.0", "169.254.7.7"])
def test_an_address_that_nobody_else_can_use_is_none(routes, own: str):
    routes(anywhere=own)
    assert network.lan_addresses() == []


def test_this_machine_gives_only_addresses():
    for address in network.lan_addresses():
        socket.inet_aton(address)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("192.168.1.5", True),
        ("100.64.0.1", True),  # RFC 6598: shared by the customers of one provider
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
    ],
)
def test_private_and_public(address: str, private: bool):
    assert network.is_private(address) is private


def test_on_a_hub():
    assert network.on_a_hub({"JUPYTERHUB_SERVICE_PREFIX": "/user/ana/"})
    assert not network.on_a_hub({"HOME": "/home/ana"})


def test_the_loopback_is_this_computer_alone():
    assert network.is_loopback("127.0.0.1") and network.is_loopback("::1")
    assert not network.is_loopback("192.168.1.5")
    assert network.is_loopback("::ffff:127.0.0.1")


def test_wildcards_and_addresses_of_one_card():
    assert all(map(network.is_wildcard, ["0.0.0.0", "::", "::ffff:0.0.0.0"]))
    assert not network.is_wildcard("::1")
    assert network.needs_zone("fe80::1%eth0") and not network.needs_zone("169.254.7.7")


async def test_a_name_has_an_address():
    assert await network.address_of("0") == "0.0.0.0"
    assert network.is_loopback(await network.address_of("localhost"))
