"""Real datagrams and segments that the operating system throws away."""

import socket
import sys
from types import SimpleNamespace

import pytest

from chatlib.chapters.webrtc import lossy_sockets
from chatlib.chapters.webrtc.lossy_sockets import loses, losing

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such filters")


def arrived(share: float) -> int:
    """Send 200 datagrams, which a socket can hold, and return how many came."""
    kinds = socket.AF_INET, socket.SOCK_DGRAM
    with socket.socket(*kinds) as receiver, socket.socket(*kinds) as sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        with losing(share, receiver):
            for _ in range(200):
                sender.sendto(b"?", receiver.getsockname())
        sender.sendto(b"last", receiver.getsockname())  # after the block nothing is lost
        came = 0
        while receiver.recv(4) != b"last":
            came += 1
        return came


@linux
def test_a_share_of_the_datagrams_is_lost_and_none_after_the_block():
    assert arrived(0) == 200
    assert 50 < arrived(0.5) < 150
    assert arrived(1) == 0


@linux
def test_it_is_tried_before_it_is_used():
    assert loses()


def test_another_system_says_that_it_cannot(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lossy_sockets, "sys", SimpleNamespace(platform="win32"))
    assert not loses()
    with socket.socket() as one, pytest.raises(OSError, match="Only Linux"), losing(0.1, one):
        pass
