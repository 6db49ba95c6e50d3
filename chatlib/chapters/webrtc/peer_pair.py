"""Two peers in this kernel with a data channel between them, and no server: for measurements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection

from chatlib.kernel.ending import end

HERE = RTCConfiguration(iceServers=[])  # else a server of the internet is asked for our address
T = TypeVar("T")

OPENS_WITHIN = 10.0  # seconds
CLOSES_WITHIN = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class PeerPair:
    """A data channel, seen from both of its ends.

    Attributes:
        peers: The two peers.
        ends: Their ends of the channel.
    """

    peers: tuple[RTCPeerConnection, RTCPeerConnection]
    ends: tuple[RTCDataChannel, RTCDataChannel]


@asynccontextmanager
async def peer_pair(**options: Any) -> AsyncIterator[PeerPair]:
    """Connect two peers, and close them after the block.

    Args:
        **options: Of the data channel: `ordered`, `maxRetransmits`.

    Raises:
        TimeoutError: If they do not find each other.
    """
    caller, callee = RTCPeerConnection(HERE), RTCPeerConnection(HERE)
    try:
        ends = await in_time(_channel(caller, callee, options))
        yield PeerPair((caller, callee), ends)
        # Its end is agreed on first: aiortc reports, as an error, what it could not send any more.
        closed = asyncio.Event()
        ends[0].on("close", closed.set)
        ends[0].close()
        if ends[0].readyState != "closed":
            with suppress(TimeoutError):
                await asyncio.wait_for(closed.wait(), CLOSES_WITHIN)
    finally:
        await asyncio.gather(caller.close(), callee.close())


async def all_of(doing: Iterable[Coroutine[Any, Any, T]], *, what: str, within: float) -> list[T]:
    """Do several things at once, no longer than so many seconds; when one fails, end the others.

    Raises:
        TimeoutError: If they do not come to an end; it says `what` did not.
    """
    tasks = [asyncio.create_task(each) for each in doing]
    try:
        return await asyncio.wait_for(asyncio.gather(*tasks), within)
    except TimeoutError as problem:
        late = f"{what} did not come to an end within {within:g} seconds. Is this computer busy?"
        # One of them may have said more.
        raise TimeoutError(str(problem) or f"{late} Then run the cell again later.") from None
    finally:
        await end(tasks)


async def in_time(opening: Awaitable[T]) -> T:
    """Wait until peers have found each other, but not for ever.

    Raises:
        TimeoutError: If they have not; it says what to look at.
    """
    try:
        return await asyncio.wait_for(opening, OPENS_WITHIN)
    except TimeoutError:
        raise TimeoutError(
            f"Two peers in this kernel did not find each other within {OPENS_WITHIN:g} seconds. May"
            " programs on this computer send UDP datagrams to 127.0.0.1?"
        ) from None


async def _channel(
    caller: RTCPeerConnection, callee: RTCPeerConnection, options: dict[str, Any]
) -> tuple[RTCDataChannel, RTCDataChannel]:
    """Pass an offer and an answer from hand to hand, and wait until the channel is open."""
    channel = caller.createDataChannel("measured", **options)
    opened = asyncio.Event()
    other: asyncio.Future[RTCDataChannel] = asyncio.get_running_loop().create_future()
    channel.on("open", opened.set)
    callee.on("datachannel", other.set_result)
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)
    await opened.wait()
    return channel, await other
