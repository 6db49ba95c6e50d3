"""The datagrams of the WebRTC peers in this kernel: kept on 127.0.0.1, seen, and lost on request.

aiortc opens its sockets with the event loop's `create_datagram_endpoint`. Whoever stands before
this method sees every datagram, and the peers know nothing of it.
"""

from __future__ import annotations

import asyncio
import gc
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

import aioice.ice
from aiortc import RTCPeerConnection

from chatlib.chapters.webrtc.lossy_sockets import losing
from chatlib.kernel.ending import finish
from chatlib.kernel.servers import Servers

LOOPBACK = "127.0.0.1"
NETWORK = aioice.ice.get_host_addresses  # finds the addresses of this computer in its networks
CLOSES_WITHIN = 3.0  # seconds
KEPT = 2_000  # datagrams of one socket, from its first on
SEED = 6455  # of the loss where the operating system cannot lose anything
CANDIDATE_PORT = re.compile(r"a=candidate:\S+ \d+ udp \d+ \S+ (\d+) typ host")

# RFC 7983 §7 tells the protocols of one socket apart by the first byte, RFC 6347 §4.1 the records
# of DTLS. Inside of a record of application data is SCTP, encrypted.
KINDS = {
    range(4): "STUN",
    range(20, 21): "DTLS",
    range(21, 22): "DTLS alert",
    range(22, 23): "DTLS",
    range(23, 24): "data",
}


@dataclass(frozen=True, slots=True)
class Datagram:
    """One UDP datagram.

    Attributes:
        time: When it was sent: seconds of `time.perf_counter`.
        sender: The port that it came from.
        receiver: The port that it went to.
        data: Its content.
    """

    time: float
    sender: int
    receiver: int
    data: bytes

    @property
    def kind(self) -> str:
        """What it is, by its first byte: see `KINDS`."""
        first = self.data[0] if self.data else -1
        return next((kind for numbers, kind in KINDS.items() if first in numbers), "unknown")

    @property
    def size(self) -> int:
        """The bytes of its content."""
        return len(self.data)


class Datagrams:
    """What the peers of this kernel send, from now on."""

    # Those that watch, if any do.
    watching: ClassVar[Datagrams | None] = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to a loop; `watch` begins."""
        self._loop = loop
        self._create = loop.create_datagram_endpoint
        # By the port of their sockets: these, and what they have sent.
        self._sockets: dict[int, tuple[asyncio.DatagramTransport, Any]] = {}
        self._seen: dict[int, list[Datagram]] = {}

    @classmethod
    def watch(cls, lab: Servers) -> Datagrams:
        """Keep the peers on this computer and see what they send, until the lab stops.

        May be called again: while the lab runs, it is the same one.
        """
        if Datagrams.watching is not None:
            return Datagrams.watching
        datagrams = Datagrams.watching = cls(asyncio.get_running_loop())
        vars(datagrams._loop)["create_datagram_endpoint"] = datagrams._create_watched
        aioice.ice.get_host_addresses = _addresses
        lab.keep("client", "peers", close_peers)
        lab.keep("relay", "datagrams", datagrams.stop)
        return datagrams

    def stop(self) -> None:
        """Leave the loop and aioice as they were. May be called twice."""
        if Datagrams.watching is self:
            Datagrams.watching = None
            del vars(self._loop)["create_datagram_endpoint"]
            aioice.ice.get_host_addresses = NETWORK

    async def forget(self) -> None:
        """Close the peers of an earlier run, and forget what they sent."""
        await close_peers()
        self._seen.clear()

    def of(self, *peers: RTCPeerConnection) -> list[Datagram]:
        """Return what these peers have sent, in order: of each the first `KEPT` datagrams."""
        ports = {port for peer in peers for port in ports_of(peer)}
        seen = (datagram for port in ports for datagram in self._seen.get(port, ()))
        return sorted(seen, key=lambda datagram: datagram.time)

    @contextmanager
    def losing(self, share: float, *peers: RTCPeerConnection) -> Iterator[None]:
        """Lose a share of what arrives at these peers, inside a `with` block.

        The operating system throws it away where it can, else the peer's own end does.
        """
        ends = [self._sockets[port] for peer in peers for port in ports_of(peer)]
        with ExitStack() as stack:
            try:
                sockets = [transport.get_extra_info("socket") for transport, _ in ends]
                stack.enter_context(losing(share, *sockets))
            except OSError:
                chance = random.Random(SEED)
                for _, protocol in ends:
                    stack.enter_context(_deaf(protocol, share, chance))
            yield

    def _drop_closed(self) -> None:
        """Forget what was sent by sockets that are gone: measurements open many."""
        for port, (transport, _) in list(self._sockets.items()):
            if transport.is_closing():
                del self._sockets[port]
                self._seen.pop(port, None)

    async def _create_watched(self, factory: Callable[[], Any], **options: Any) -> Any:
        self._drop_closed()
        transport, protocol = await self._create(factory, **options)
        own = transport.get_extra_info("sockname")[1]
        send_through = transport.sendto
        self._sockets[own] = transport, protocol
        seen = self._seen[own] = []

        def sendto(data: bytes, address: Any = None) -> None:
            send_through(data, address)
            if address is not None and len(seen) < KEPT:
                seen.append(Datagram(time.perf_counter(), own, address[1], bytes(data)))

        def close() -> None:
            # On Windows, asyncio tells nobody of the end if something is being written just now
            # (python/cpython#156920), and aioice would wait for ever.
            if (writing := vars(transport)["_write_fut"]) is None:
                transport.abort()
            else:
                writing.add_done_callback(lambda _: close())

        vars(transport)["sendto"] = sendto
        if "_write_fut" in vars(transport):
            vars(transport)["close"] = close
        return transport, protocol


@contextmanager
def _deaf(protocol: Any, share: float, chance: random.Random) -> Iterator[None]:
    """Let an end of a connection hear only a part of its datagrams."""
    receive = protocol.datagram_received

    def datagram_received(data: bytes, address: Any) -> None:
        if chance.random() >= share:
            receive(data, address)

    vars(protocol)["datagram_received"] = datagram_received
    try:
        yield
    finally:
        del vars(protocol)["datagram_received"]


_on_the_network = ContextVar("on the network", default=False)


@contextmanager
def on_the_network() -> Iterator[None]:
    """Let peers that gather their addresses in this block offer those of the network."""
    token = _on_the_network.set(True)
    try:
        yield
    finally:
        _on_the_network.reset(token)


def _addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Return 127.0.0.1, which aioice leaves out: without a network it would find nothing."""
    return NETWORK(use_ipv4, use_ipv6) if _on_the_network.get() else [LOOPBACK]


def ports_of(peer: RTCPeerConnection) -> set[int]:
    """Return the UDP ports at which a peer offers to be reached."""
    found = CANDIDATE_PORT.findall(peer.localDescription.sdp if peer.localDescription else "")
    return {int(port) for port in found}


async def close_peers() -> None:
    """Close every WebRTC peer of this kernel, those included that no name leads to any more."""
    # aiortc keeps no list of them, and a cell that ran twice has let go of the first ones. Asking
    # an object itself for its class may fail: some stand for others that are gone.
    peers = [each for each in gc.get_objects() if issubclass(type(each), RTCPeerConnection)]
    closing = [finish(each.close(), name="A peer's close", within=CLOSES_WITHIN) for each in peers]
    await asyncio.gather(*closing)
