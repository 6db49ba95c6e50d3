"""Where a server is reached, and from which web pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from websockets.asyncio.server import Server
from websockets.typing import Origin

Origins = Sequence[Origin | re.Pattern[str] | None]

# A page of another site must not use the chat in its visitor's name. RFC 6455 §10.2: "Servers that
# are not intended to process input from any web page but only for certain sites SHOULD verify the
# |Origin| field is an origin they expect." None stands for no Origin: it is not a browser.
# Comparing Origin with Host alone would not do: a bad page whose name points at 127.0.0.1 (DNS
# rebinding) sends both alike. So the origins are listed, and none of them is a name of the DNS.
LOCAL_ORIGINS: Origins = (None, re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?"))


def address(server: Server, *, secure: bool) -> str:
    """Return the URL of a listening server; the address for "all" becomes the loopback one."""
    host, port = next(iter(server.sockets)).getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"{'wss' if secure else 'ws'}://{shown}:{port}"


def origin_of(url: str) -> Origin:
    """Return the origin of the pages that come from the same port as a WebSocket address.

    RFC 6454 §6.2: the usual port of a scheme (80, 443) is left out.
    """
    page = url.replace("ws", "http", 1)
    usual = ":443" if page.startswith("https:") else ":80"
    return Origin(page.removesuffix(usual))
