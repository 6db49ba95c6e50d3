import re

import pytest
from websockets.asyncio.server import serve

from chatlib.chat.endpoint import LOCAL_ORIGINS, address, origin_of


def accepted(origin: str) -> bool:
    patterns = [entry for entry in LOCAL_ORIGINS if isinstance(entry, re.Pattern)]
    assert len(patterns) == 1
    return patterns[0].fullmatch(origin) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1",
        "http://127.0.0.1:8888",
        "https://localhost:8888",
        "http://[::1]:8888",
    ],
)
def test_local_pages_are_accepted(origin: str):
    assert accepted(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org:80",
        "http://example.org/http://localhost",
        "http://127x0x0x1",
        "file://",
        "http://localhost:",
        "http://localhost:80/",
    ],
)
def test_other_pages_are_not(origin: str):
    assert not accepted(origin)


async def nothing(connection):
    """Serve nobody."""


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")],
)
async def test_address(host: str, shown: str):
    async with serve(nothing, host, 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert address(server, secure=False) == f"ws://{shown}:{port}"
        assert address(server, secure=True) == f"wss://{shown}:{port}"


class Listening:
    """As much of a server as `address` looks at, for a machine without IPv6."""

    def __init__(self, host: str) -> None:
        self.host = host

    @property
    def sockets(self):
        return (self,)

    def getsockname(self):
        return (self.host, 80, 0, 0)


@pytest.mark.parametrize("host", ["::1", "::"])
def test_address_ipv6(host: str):
    assert address(Listening(host), secure=False) == "ws://[::1]:80"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("ws://192.168.1.5:51234", "http://192.168.1.5:51234"),
        ("ws://192.168.1.5:80", "http://192.168.1.5"),
        ("wss://192.168.1.5:443", "https://192.168.1.5"),
        ("wss://192.168.1.5:80", "https://192.168.1.5:80"),
    ],
)
def test_origin_of(url: str, origin: str):
    assert origin_of(url) == origin
