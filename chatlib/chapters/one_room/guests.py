"""Who may come in from outside this machine, and the port for them: the same rooms, a join code."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Network, ip_address
from ssl import SSLContext

from websockets.typing import Origin

from chatlib.chat.connections import FULL, ChatConnection, Port
from chatlib.chat.messages import Enter, parse_client
from chatlib.chat.page import page_server
from chatlib.chat.rooms import same_secret
from chatlib.chat.server import ChatServer, Refusal
from chatlib.chat.validation import BadMessage, Limits

# Digits: every keyboard has them, and a phone shows large keys for them.
CODE_DIGITS = 6
# Wrong join codes from one address within a minute; then it must wait. Guessing one of a million
# codes at this speed takes weeks. A class behind one router shares an address: hence not fewer.
WRONG_CODES = 30
MINUTE = 60.0  # seconds
ADDRESSES_KEPT = 1000  # addresses whose wrong codes are remembered
CODE_WITHIN = 10.0  # seconds for the first message, from the opening handshake on
# Connections that have not shown the join code yet. A browser opens two or three at once, and a
# whole class behind one router shares an address.
WAITING_PER_ADDRESS = 64

# RFC 6455 §7.4.2: "Status codes in the range 4000-4999 are reserved for private use". A browser
# never shows a page why a handshake was refused, so guests are told by a close code and a reason.
WRONG_CODE = 4403
TOO_MANY_WRONG = 4429

# For how long a guest who lost the connection keeps its place: a phone that changes its network is
# back sooner, and the class does not read that it left and joined.
PLACE_KEPT = 20.0  # seconds
# A guest types by hand: a flood is noticed sooner than one from a program on this machine.
GUEST_LIMITS = Limits(burst=30, rate=5.0, patience=20)


async def open_for_guests(
    server: ChatServer,
    host: str,
    guests: Guests,
    *,
    port: int = 0,
    ssl: SSLContext | None = None,
) -> Port:
    """Open another port to the rooms of a server, for people who are not on this machine.

    Args:
        server: Whose rooms to open.
        host: The address to listen on, one that other machines reach.
        guests: Who may come in.
        port: The TCP port; 0 for a free one.
        ssl: With what to encrypt; None for `ws`.

    Raises:
        OSError: If the port is taken, or the address is not one of this machine.
    """
    own: list[Origin | None] = [None]
    opened = await server.open_port(
        host,
        port,
        admit=guests.admit,
        may_connect=guests.may_connect,
        origins=own,
        max_size=guests.limits.frame,
        place_kept=PLACE_KEPT,
        ssl=ssl,
        process_request=page_server(guests=True),
    )
    # The port is known only now, and nobody else knows it yet.
    own.append(origin_of(opened.url))
    return opened


def origin_of(url: str) -> Origin:
    """Return the origin of the pages that come from the same port as a WebSocket address.

    RFC 6454 §6.2: the usual port of a scheme (80, 443) is left out.
    """
    page = url.replace("ws", "http", 1)
    usual = ":443" if page.startswith("https:") else ":80"
    return Origin(page.removesuffix(usual))


def source_of(connection: ChatConnection) -> str:
    """Return where somebody comes from: an IPv4 address, or the network of an IPv6 one.

    RFC 4291 §2.5.4: the last 64 bits are its interface's, which takes as many as it likes.
    """
    address = str(connection.remote_address[0])
    if (parsed := ip_address(address)).version == 6:
        return str(IPv6Network((int(parsed), 64), strict=False))
    return address


def code_in(data: str | bytes) -> str:
    """Return the join code in a guest's first message; empty if it is another message."""
    try:
        message = parse_client(data)
    except BadMessage:
        return ""
    return "".join(message.code.split()) if isinstance(message, Enter) else ""


def new_code() -> str:
    """Return a random join code, for example "482913"."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


class Guests:
    """The rule for guests: a join code, and how many may be inside."""

    def __init__(
        self,
        *,
        code: str | None = None,
        most: int = 100,
        limits: Limits = GUEST_LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the rule.

        Args:
            code: The join code; a random one when not given.
            most: How many guests may be inside at the same time.
            limits: What each guest may do.
            clock: Seconds that only ever grow.
        """
        self.code = code or new_code()
        self.most = most
        self.limits = limits
        self._clock = clock
        # When wrong codes came, in seconds, by the address from which they came.
        self._wrong: dict[str, list[float]] = {}

    def may_connect(self, connection: ChatConnection) -> bool:
        """Say whether a new TCP connection is kept, before anything of it was read."""
        others = connection.port.connections
        waiting = [source_of(each) for each in others if not each.admitted]
        return self.has_place(source_of(connection), waiting)

    def has_place(self, address: str, waiting: Sequence[str]) -> bool:
        """Say whether one more may come from this IP address.

        Args:
            address: The address.
            waiting: Those of all connections that have not shown the join code yet.
        """
        in_all = WAITING_PER_ADDRESS + 2 * self.most
        return len(waiting) < in_all and waiting.count(address) < WAITING_PER_ADDRESS

    async def admit(self, connection: ChatConnection) -> Limits | Refusal:
        """Read the first message, and say what a guest may do, or why it may not come in.

        The code is in no address, for addresses are kept in histories and logs. And a browser tells
        a page the close code and the reason, but nothing of a handshake that was refused.

        Raises:
            ConnectionClosed: If it goes before it has said anything.
        """
        try:
            async with asyncio.timeout(CODE_WITHIN):
                given = code_in(await connection.recv())
        except TimeoutError:
            return WRONG_CODE, f"no join code came within {CODE_WITHIN:g} seconds"
        address, others = source_of(connection), connection.port.connections
        inside = sum(each.admitted for each in others)
        return self.refusal(given, address=address, inside=inside) or self.limits

    def refusal(self, given: str, *, address: str, inside: int) -> Refusal | None:
        """Return why somebody may not come in, as close code and reason; None to let them in.

        Args:
            given: The join code of the first message; empty if there is none in it.
            address: The IP address from which they come.
            inside: How many guests are inside already.
        """
        now = self._clock()
        wrong = [then for then in self._wrong.get(address, []) if now - then < MINUTE]
        if len(wrong) >= WRONG_CODES:
            return TOO_MANY_WRONG, "too many wrong join codes: wait a minute, then try again"
        if not given:  # no attempt to guess it
            return WRONG_CODE, 'the join code comes first, as {"type": "enter", "code": "…"}'
        if not same_secret(self.code, given):
            self._remember(address, [*wrong, now])
            return WRONG_CODE, "wrong join code: type the one that is shown in the classroom"
        if inside >= self.most:
            return FULL, f"the room is full (limit {self.most}): try again later"
        return None

    def _remember(self, address: str, wrong: list[float]) -> None:
        self._wrong.pop(address, None)
        self._wrong[address] = wrong
        if len(self._wrong) > ADDRESSES_KEPT:
            del self._wrong[next(iter(self._wrong))]
