"""The chat's page: one document, which a browser gets from the port of the WebSocket itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from chatlib.front import assemble

ProcessRequest = Callable[[ServerConnection, Request], Response | None]

FILE = Path(__file__).with_suffix(".html")
# Where JupyterLab itself may stand that shows the page in a frame; 'self' is for a proxy.
LOCAL_FRAMES = (
    "'self' http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:*"
)
NOT_FOUND = "There is nothing here. The chat's page is at the address / of this port.\n"


def page_server(*, guests: bool = False) -> ProcessRequest:
    """Return a `process_request` for `websockets.serve` that gives the page to browsers.

    A WebSocket handshake goes on as always, and so does a request of a program that does not ask
    for HTML: the library answers it with 426 (Upgrade Required). The page for guests asks for a
    join code and cannot be framed.
    """
    frames = "'none'" if guests else LOCAL_FRAMES
    body = html(guests=guests).encode()

    def process_request(connection: ServerConnection, request: Request) -> Response | None:
        if not _asks_for_page(request):
            return None
        if request.path.partition("?")[0] != "/":
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
    """Allow this page's own script and style, known by their hashes, and nothing else."""
    script, style = _parts()
    # Not every browser counts a WebSocket of the same port as 'self'.
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        f" img-src data:; connect-src ws: wss:; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {frames}"
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(size),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": policy,
    }


def _hash(text: str) -> str:
    """Return the hash of a script or a style, as the policy wants it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def html(*, guests: bool) -> str:
    """Return the document, with its script and its style in it."""
    script, style = _parts()
    text = FILE.read_text(encoding="utf-8")
    for empty, whole in (
        ("<style></style>", f"<style>{style}</style>"),
        ('<script type="module"></script>', f'<script type="module">{script}</script>'),
        ("<body>", "<body data-guests>" if guests else "<body>"),
    ):
        before, after = text.split(empty)
        text = before + whole + after
    return text


@cache
def _parts() -> tuple[str, str]:
    script, style = FILE.with_suffix(".js"), FILE.with_suffix(".css")
    return assemble.script(script), assemble.style(style, "body")
