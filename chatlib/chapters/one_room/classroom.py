"""The chat opened to phones and neighbours: an address, a join code, and who can reach it.

Only the chat listens there. Jupyter, its token and its files stay on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any, Self
from urllib.parse import urlsplit

import segno

from chatlib.chapters.one_room.certificate import certificate_for
from chatlib.chapters.one_room.guests import Guests, open_for_guests
from chatlib.chapters.one_room.network import (
    address_of,
    is_loopback,
    is_private,
    is_wildcard,
    lan_addresses,
    needs_zone,
    on_a_hub,
)
from chatlib.chat.connections import Port
from chatlib.chat.server import ChatServer
from chatlib.kernel.servers import carry_out
from chatlib.lab import Lab

CLOSED = "the classroom was closed"
ON_A_HUB = (
    "This notebook runs on Binder or JupyterHub. Its machine stands in a data centre, and nothing"
    " from outside can connect to it but Jupyter itself. The way through Jupyter needs your token,"
    " and with the token everybody could run programs in your name: so it must never be shared."
    " Do this instead: run the course on a laptop in the classroom, with `python3 course.py lab`,"
    " and open the classroom there."
)
NO_NETWORK = (
    "This computer is in no network, so nobody else can reach it. Connect it to the Wi-Fi of the"
    " classroom, or let a phone make a hotspot. Then run this cell again."
)
WILDCARD = (
    "The classroom was not opened: {host} stands for every network of this computer at once, also"
    " for those you do not think of, and no single link leads to it. Choose one address instead."
)
ZONE = (
    "The classroom was not opened: {host} has a meaning on one network card only, and a browser"
    " cannot open a link to it. Choose another address instead."
)
TROUBLE = (
    "A phone does not get through? Is it in the same Wi-Fi, and not in its mobile network? Does the"
    " firewall of this computer let Python in? (Windows asks once: allow private networks.) Some"
    " Wi-Fi networks keep their devices apart: then let a phone make a hotspot for all."
)


async def open_to_classroom(
    lab: Lab,
    host: str | None = None,
    *,
    port: int = 0,
    most: int = 100,
    encrypted: bool = False,
) -> Classroom:
    """Open the chat to phones and neighbours in the network, until it is closed.

    Only who knows the join code comes in, and only the chat can be reached. Opening it again
    closes the one before. Where it cannot work, the answer says why instead.

    Args:
        lab: The running lab, which closes the classroom when it stops.
        host: The address to listen on; this machine's usual one in the network when not given.
        port: The TCP port; 0 for a free one.
        most: How many guests may be inside at the same time.
        encrypted: Whether to use `wss`, with a certificate that is made now. Each browser warns
            once, for nobody has signed it.

    Raises:
        RuntimeError: If the lab was stopped, or trustme is missing for a certificate.
        OSError: If the port is taken, or the address is not one of this machine.
    """
    await carry_out(lab.forget("classroom", ""))
    classroom = await Classroom.open(
        lab.server, host=host, port=port, most=most, encrypted=encrypted
    )
    lab.keep("classroom", "", classroom.close)
    return classroom


class Classroom:
    """The chat on a port for others in the network. `Classroom.open` makes one.

    Attributes:
        guests: The rule for them: the join code, and how many may come in.
        why_not: Why it was not opened, and what to do; empty when it was.
        others: Further addresses of this machine, to pass as `host` if the first is the wrong one.
    """

    def __init__(
        self,
        guests: Guests,
        *,
        port: Port | None = None,
        why_not: str = "",
        others: tuple[str, ...] = (),
    ) -> None:
        """Keep an open port, or the reason why there is none."""
        self.guests = guests
        self.why_not = why_not
        self.others = others
        self._port = port

    @classmethod
    async def open(
        cls,
        server: ChatServer,
        *,
        host: str | None = None,
        port: int = 0,
        most: int = 100,
        encrypted: bool = False,
    ) -> Self:
        """Open the rooms of a running server to the network.

        Where that cannot work (Binder, JupyterHub, no network, no address that a link can have)
        nothing is opened, and `why_not` says why.

        Args:
            server: Whose rooms to open.
            host: One address to listen on, or a name that has one; this machine's usual one in the
                network when not given.
            port: The TCP port; 0 for a free one.
            most: How many guests may be inside at the same time.
            encrypted: Whether to use `wss`.

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
            RuntimeError: If trustme is missing for a certificate.
        """
        guests = Guests(most=most)
        if host is None and on_a_hub():
            return cls(guests, why_not=ON_A_HUB)
        found = [await address_of(host)] if host else lan_addresses()
        if host and (why_not := _why_not(host, found[0])):
            return cls(guests, why_not=why_not)
        if not found:
            return cls(guests, why_not=NO_NETWORK)
        context = certificate_for(found[0]) if encrypted else None
        opened = await open_for_guests(server, found[0], guests, port=port, ssl=context)
        return cls(guests, port=opened, others=tuple(found[1:]))

    @property
    def is_open(self) -> bool:
        """Whether guests can come in."""
        return self._port is not None and not self._port.closing

    @property
    def code(self) -> str:
        """The join code."""
        return self.guests.code

    @property
    def address(self) -> str:
        """What guests type into their browser; empty when the classroom was not opened."""
        return "" if self._port is None else self._port.url.replace("ws", "http", 1) + "/"

    @property
    def link(self) -> str:
        """The address with the join code, as the QR code holds it.

        A browser keeps what follows "#" to itself: the code is in no request for the page.
        """
        return f"{self.address}#{self.code}" if self.address else ""

    @property
    def url(self) -> str:
        """The WebSocket address for programs; their first message holds the join code."""
        return "" if self._port is None else f"{self._port.url}/ws"

    async def close(self) -> None:
        """Close the port and every connection that came through it. May be called twice."""
        if self._port is not None:
            await self._port.close(1001, CLOSED)

    def __repr__(self) -> str:
        """Say the address and the code, or that nobody can come in."""
        if self._port is None:
            return "<Classroom: not opened>"
        if not self.is_open:
            return "<Classroom: closed>"
        return f"<Classroom: {self.address} with the join code {self.code}>"

    @property
    def reach(self) -> str:
        """Who can reach the chat, and what of this machine, in words."""
        who = "Everybody in the same network (Wi-Fi) who knows the join code can reach the chat"
        if self._port is not None and not is_private(self._host):
            who = (
                "This address is a public one: depending on the network, everybody in the INTERNET"
                " who knows the join code can reach the chat"
            )
        read_along = "others in the network could read along"
        if self._is_rehearsal:
            who = "This is a rehearsal: only programs on this computer can reach the chat"
            read_along = f"with guests from the network, {read_along}"
        encryption = f"The connection is not encrypted (ws, not wss): {read_along}."
        if self.url.startswith("wss:"):
            encryption = (
                "The connection is encrypted (wss), with a certificate that this notebook has made:"
                " each browser warns once, for nobody has signed it. Choose “Advanced”, and go on."
            )
        return (
            f"{who}, at most {self.guests.most} at the same time. This address leads only to the"
            f" chat, not to Jupyter and not to your files. {encryption} `await classroom.close()`"
            " ends it, and so does `await lab.stop()`."
        )

    @property
    def _is_rehearsal(self) -> bool:
        return self._port is not None and is_loopback(self._host)

    @property
    def _host(self) -> str:
        return urlsplit(self.address).hostname or ""

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        if not self.is_open:
            words = self.why_not or "The classroom is closed. Open it again to let guests in."
            return {"text/plain": words, "text/html": _paragraph(words)}
        lines = [self.reach, *([] if self._is_rehearsal else [TROUBLE]), *self._hint]
        plain = [f"Address: {self.address}", f"Join code: {self.code}", *lines]
        return {"text/plain": "\n".join(plain), "text/html": self._html(lines)}

    @property
    def _hint(self) -> list[str]:
        if not self.others:
            return []
        return [f"This computer has other addresses too: {', '.join(self.others)}. If this one does"
                f' not work, open the classroom with host="{self.others[0]}".']  # fmt: skip

    def _html(self, lines: list[str]) -> str:
        # White around the squares, four of them wide, also in a dark theme: else nothing scans.
        title = f"QR code of {self.link}"
        code = segno.make(self.link, micro=False).svg_inline(
            scale=8, border=4, dark="#000", light="#fff", title=title
        )
        words = "".join(map(_paragraph, lines))
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:center">'
            f'<div role="img" aria-label="{escape(title)}">{code}</div>'
            '<div style="font-size:1.8em;line-height:1.4;overflow-wrap:anywhere">'
            f'<div><a href="{escape(self.link)}" target="_blank" rel="noopener">'
            f"{escape(self.address)}</a></div><div>Join code <b>{_spaced(self.code)}</b></div>"
            f"</div></div>{words}"
        )


def _why_not(host: str, address: str) -> str:
    """Return why the classroom cannot be opened at an address; empty if it can."""
    words = WILDCARD if is_wildcard(address) else ZONE if needs_zone(address) else ""
    usable = [f'host="{each}"' for each in lan_addresses()] or ['host="127.0.0.1"']
    return f"{words.format(host=host)} Here: {', '.join(usable)}." if words else ""


def _paragraph(text: str) -> str:
    """Return an escaped paragraph, with code for what stands between backticks."""
    marked = re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
    return f"<p>{marked}</p>"


def _spaced(code: str) -> str:
    """Return a code in two halves, which is easier to read and to type."""
    half = len(code) // 2
    return escape(f"{code[:half]} {code[half:]}")
