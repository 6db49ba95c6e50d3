"""The chat's page: one HTML file, which a browser gets from the port of the WebSocket itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from chatlib.chat.access import parse_target

ProcessRequest = Callable[[ServerConnection, Request], Response | None]

FILE = Path(__file__).with_name("page.html")
# Where JupyterLab itself may stand that shows the page in a frame; 'self' is for a proxy.
LOCAL_FRAMES = (
    "'self' http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*"
)
NO_FRAMES = "'none'"
NOT_FOUND = "There is nothing here. The chat's page is at the address / of this port.\n"


def page_server(*, guests: bool = False) -> ProcessRequest:
    """Return a `process_request` for `websockets.serve` that gives the page to browsers.

    A WebSocket handshake goes on as always, and so does a request of a program that does not ask
    for HTML: the library answers it with 426 (Upgrade Required).

    Args:
        guests: Whether the page has to ask for a join code; such a page cannot be framed.
    """
    frames = NO_FRAMES if guests else LOCAL_FRAMES
    body = _html()
    if guests:
        body = body.replace(b"<body>", b"<body data-guests>")

    def process_request(connection: ServerConnection, request: Request) -> Response | None:
        if not _asks_for_page(request):
            return None
        if parse_target(request.path)[0] != "/":
            return connection.respond(404, NOT_FOUND)
        response = connection.respond(200, "")
        del response.headers["Content-Type"], response.headers["Content-Length"]
        response.headers.update(_headers(len(body), frames))
        response.body = body
        return response

    return process_request


def _asks_for_page(request: Request) -> bool:
    headers = request.headers
    accepted = ",".join(headers.get_all("Accept"))
    return request.method == "GET" and "Upgrade" not in headers and "text/html" in accepted


def _headers(size: int, frames: str) -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(size),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": _content_security_policy(frames),
    }


def _content_security_policy(frames: str) -> str:
    """Allow this file's own script and style, known by their hashes, and nothing else."""
    html = _html().decode()
    # Not every browser counts a WebSocket of the same port as 'self'.
    return (
        f"default-src 'none'; script-src {_hash(html, 'script')}; style-src {_hash(html, 'style')};"
        f" img-src data:; connect-src ws: wss:; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {frames}"
    )


def _hash(html: str, tag: str) -> str:
    """Return the hash of what stands between `<tag>` and `</tag>`, as the policy wants it."""
    (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _html() -> bytes:
    # Browsers hash what they read, and they read every end of line as "\n".
    return FILE.read_text(encoding="utf-8").encode()
