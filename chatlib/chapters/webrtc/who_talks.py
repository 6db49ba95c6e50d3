"""Who talks to whom, from what was seen of two peers and of the server on which they met."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from time import perf_counter

from aiortc import RTCPeerConnection

from chatlib.chapters.webrtc.datagrams import LOOPBACK, Datagram, Datagrams, ports_of
from chatlib.chapters.webrtc.ladder import SERVER, Passed, WhoTalks
from chatlib.kernel.tap import Tapped
from chatlib.wire.events import FrameItem
from chatlib.wire.frames import Side
from chatlib.wire.trace import Trace


def who_talks(datagrams: Datagrams, server: Tapped, **peers: RTCPeerConnection) -> WhoTalks:
    """Draw what two peers have sent to each other, and to the server on which they met.

    Args:
        datagrams: What was seen of the peers.
        server: Where they met; the last connections to it are theirs, in this order.
        **peers: The two peers, by their names.
    """
    names = {port: name for name, peer in peers.items() for port in ports_of(peer)}
    first, second = peers
    past = (_past(each, names) for each in datagrams.of(*peers.values()))
    passed = sorted([*_over_server(server, list(peers)), *past], key=lambda row: row.time)
    return WhoTalks((first, second), tuple(_together(passed)))


def direct_trace(datagrams: Datagrams, server: Tapped, **peers: RTCPeerConnection) -> Trace:
    """Return what two peers have sent to each other, for the wire panel; arguments as above.

    The first one stands where otherwise the client stands. Times are those of the server's tap.
    """
    began = _began(server)
    client, other = ([f"{LOOPBACK}:{port}" for port in ports_of(peer)] for peer in peers.values())
    trace = Trace(" and ".join(peers), client=client[0], server=other[0])
    for each in datagrams.of(*peers.values()):
        sender: Side = "client" if f"{LOOPBACK}:{each.sender}" in client else "server"
        trace.record_datagram(sender, each.data, each.kind, time=each.time - began)
    return trace


def _began(server: Tapped) -> float:
    """Return when a server's tap began, on the clock of `Datagram.time`."""
    return perf_counter() - server.tap.now


def _over_server(server: Tapped, names: Sequence[str]) -> Iterator[Passed]:
    began = _began(server)
    for name, trace in zip(names, server.traces[-len(names) :], strict=False):
        for time, from_client, what, size in _frames(trace):
            ends = (name, SERVER) if from_client else (SERVER, name)
            yield Passed(began + time, *ends, what, size)


def _frames(trace: Trace) -> Iterator[tuple[float, bool, str, int]]:
    for event in trace.events:
        if isinstance(event.item, FrameItem):
            what = _kind(event.item.message) or event.name
            yield event.time, event.sender == "client", what, len(event.item.raw)


def _kind(message: str | bytes | None) -> str:
    """Return the "type" of a message, if it has one."""
    try:
        return str(json.loads(message or "")["type"])
    except (ValueError, TypeError, KeyError):
        return ""


def _past(seen: Datagram, names: dict[int, str]) -> Passed:
    ends = names.get(seen.sender, "?"), names.get(seen.receiver, "?")
    return Passed(seen.time, *ends, seen.kind, seen.size)


def _together(passed: Iterable[Passed]) -> Iterator[Passed]:
    """Make one row of the datagrams of one kind that follow each other."""
    over = {SERVER}
    for (what, direct), group in groupby(
        passed, key=lambda row: (row.what, not over & {row.sender, row.receiver})
    ):
        rows = list(group)
        if not direct:
            yield from rows
            continue
        senders = {row.sender for row in rows}
        named = what if len(rows) == 1 else f"{len(rows)} × {what}"
        size = sum(row.size for row in rows)
        yield replace(rows[0], what=named, size=size, both=len(senders) > 1)
