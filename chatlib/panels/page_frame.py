"""The chat's web page in a notebook: a link to it, and the page itself in a frame.

Where the page is reached from, only the browser knows: `page_frame.js` finds out whether the
kernel's machine is the browser's own, or whether the way leads through Jupyter
(jupyter-server-proxy).
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import traitlets

from chatlib.kernel.loop import KernelLoop
from chatlib.panels.front_end import FrontEndWidget

AllowOrigin = Callable[[str], object]


class PageFrame(FrontEndWidget):
    """A frame with the chat's page.

    Attributes:
        host: The address that the page is served on.
        port: Its port.
        probe_port: Another port of the same machine that answers HTTP: by it the browser finds out
            whether the machine is its own, and no wire panel shows the question.
        server_port: The port of the WebSocket, if it is not `port`; else 0.
        name: The member's name; empty to ask for it.
        room: The room.
        height: The frame's height in CSS pixels.
        proxy: Whether to go through jupyter-server-proxy; None to find out.
        allowed: The origin whose pages were allowed to use the chat.
        stopped: Whether the frame was emptied.
    """

    host = traitlets.Unicode("127.0.0.1").tag(sync=True)
    port = traitlets.Int().tag(sync=True)
    probe_port = traitlets.Int().tag(sync=True)
    server_port = traitlets.Int(0).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    room = traitlets.Unicode("lobby").tag(sync=True)
    height = traitlets.Int(480).tag(sync=True)
    proxy = traitlets.Bool(None, allow_none=True).tag(sync=True)
    allowed = traitlets.Unicode().tag(sync=True)
    stopped = traitlets.Bool(False).tag(sync=True)

    def __init__(self, loop: KernelLoop, *, allow_origin: AllowOrigin, **traits: Any) -> None:
        """Show a frame.

        `allow_origin` gets the origin of the notebook's own page before the frame is filled. It
        came through the kernel's own connection, so only somebody who may run code here can name
        it. The traits are first values: at least `port` and `probe_port`.
        """
        self._kernel_loop = loop
        self._allow_origin = allow_origin
        super().__init__(**traits)
        self.on_msg(self._from_front_end)

    @property
    def query(self) -> str:
        """What follows the page's address: who joins which room, and where."""
        values = {"name": self.name, "room": self.room, "port": self.server_port}
        given = {key: value for key, value in values.items() if value}
        return f"?{urlencode(given)}" if given else ""

    @property
    def address(self) -> str:
        """The page's address for a browser on the kernel's own machine."""
        return f"http://{self.host}:{self.port}/{self.query}"

    def stop(self) -> None:
        """Empty the frame, so that the page leaves the chat. May be called twice."""
        self.stopped = True

    def __repr__(self) -> str:
        """Say where the page is."""
        return f"<PageFrame {self.address}{': stopped' if self.stopped else ''}>"

    def _from_front_end(self, _: object, message: dict[str, Any], buffers: object) -> None:
        self._kernel_loop.call(self._allow, message, on_error=self.show_error)

    def _allow(self, message: dict[str, Any]) -> None:
        origin = str(message["origin"])
        self._allow_origin(origin)
        self.allowed = origin

    def as_words(self) -> tuple[str, str]:
        """Return the link to the page."""
        words = "The chat's page, while the notebook runs:"
        link = f'<a href="{escape(self.address)}">{escape(self.address)}</a>'
        return f"{words} {self.address}", f"<p>{words} {link}</p>"
