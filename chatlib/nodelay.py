"""A Jupyter server extension: small messages of a notebook's WebSocket leave at once.

Jupyter leaves Nagle's algorithm on: the second small message of a burst waits up to 40 ms, until
the browser has acknowledged the first one. TCP_NODELAY (RFC 9293 §3.7.4) ends that wait for every
widget. This module knows Jupyter and nothing of the rest of chatlib; without it all still works.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "chatlib.nodelay"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Let each kernel WebSocket of `server` set TCP_NODELAY when it opens."""
    settings, key = server.web_app.settings, "kernel_websocket_connection_class"
    try:
        settings[key] = _without_delay(settings[key])
    except (KeyError, TypeError) as error:
        server.log.warning("chatlib.nodelay does not know this version of Jupyter: %r", error)


def _without_delay(connection: Any) -> type:
    """Return a subclass of Jupyter's connection class that sets TCP_NODELAY first."""

    class NoDelayConnection(connection):  # type: ignore[misc]  # known only at run time
        warned = False

        def connect(self) -> Any:
            try:
                self.websocket_handler.set_nodelay(True)
            except Exception as error:  # a slower notebook is better than none
                if not NoDelayConnection.warned:
                    self.log.warning("chatlib.nodelay could not set TCP_NODELAY: %r", error)
                NoDelayConnection.warned = True
            return super().connect()

    return NoDelayConnection
