"""A Jupyter server extension: small messages of a notebook's WebSocket leave at once.

It also keeps Jupyter quiet: no warning about its own pings, and a notebook that is only opened is
not marked as changed. And it keeps what panels showed and what was typed into them if a notebook
is saved after its kernel was restarted: JupyterLab has forgotten those widgets then.

Jupyter leaves Nagle's algorithm on: the second small message of a burst waits up to 40 ms, until
the browser has acknowledged the first one. TCP_NODELAY (RFC 9293 §3.7.4) ends that wait for every
widget. This module knows Jupyter and nothing of the rest of chatlib; without it all still works.
"""

from __future__ import annotations

import json
import logging
import platform
import re
from collections.abc import Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

# What a kernel says of its language. JupyterLab writes it into a notebook that says it otherwise.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}
VIEW = "application/vnd.jupyter.widget-view+json"
STATES = "application/vnd.jupyter.widget-state+json"
# How ipywidgets writes that a part of a state is another widget.
REFERENCE = re.compile(r'"IPY_MODEL_([^"]+)"')

States = dict[str, Any]  # of widgets, by their ids


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "chatlib.server_extension"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Let each kernel WebSocket of `server` set TCP_NODELAY when it opens."""
    settings, key = server.web_app.settings, "kernel_websocket_connection_class"
    try:
        settings[key] = _without_delay(settings[key])
        logging.getLogger("tornado.general").addFilter(_is_not_about_pings)
        manager = server.contents_manager
        if iscoroutinefunction(manager.get):
            manager.get = _with_language(manager.get)
        manager.register_pre_save_hook(_keep_widgets)
    except (AttributeError, KeyError, TypeError) as error:
        server.log.warning(
            "chatlib.server_extension does not know this version of Jupyter: %r", error
        )


def _is_not_about_pings(record: logging.LogRecord) -> bool:
    """Return False for a warning that takes Jupyter's milliseconds for Tornado's seconds."""
    return "websocket_ping_timeout" not in str(record.msg)


def _with_language(get: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `get` of contents whose notebooks in Python say all of `LANGUAGE`."""

    async def with_language(*args: Any, **options: Any) -> Any:
        model = await get(*args, **options)
        if model["type"] == "notebook" and model["content"] is not None:
            language = model["content"]["metadata"].get("language_info", {})
            if language.get("name") == "python":
                language.update(LANGUAGE)
        return model

    return with_language


def _keep_widgets(*, model: Any, path: str, contents_manager: Any, **_: Any) -> None:
    """Keep the saved states of widgets that a notebook shows and JupyterLab no longer knows.

    A widget whose state was never saved is shown by the words beside it. A JupyterLab that saves
    no states does not say which it knows: then nothing is changed.
    """
    if model["type"] != "notebook" or STATES not in model["content"]["metadata"].get("widgets", {}):
        return
    states = _states(model["content"])
    shown = [output["data"] for cell in model["content"]["cells"]
             for output in cell.get("outputs", []) if VIEW in output.get("data", {})]  # fmt: skip
    if lost := [data for data in shown if data[VIEW]["model_id"] not in states]:
        before = _saved_states(Path(contents_manager.root_dir, path.strip("/")))
        kept = _reached([data[VIEW]["model_id"] for data in lost], before)
        for data in lost:
            if data[VIEW]["model_id"] not in kept and len(data) > 1:
                del data[VIEW]
        if kept:
            saved = {"version_major": 2, "version_minor": 0, "state": {**kept, **states}}
            model["content"]["metadata"]["widgets"] = {STATES: saved}


def _states(notebook: Any) -> States:
    states: States = notebook["metadata"].get("widgets", {}).get(STATES, {}).get("state", {})
    return states


def _saved_states(file: Path) -> States:
    try:
        return _states(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError):
        return {}  # not saved yet, or no notebook


def _reached(ids: list[str], states: States) -> States:
    """Return the states of these widgets and of all that they refer to, as far as there are any."""
    reached: States = {}
    while ids:
        if (id := ids.pop()) in states and id not in reached:
            reached[id] = states[id]
            ids += REFERENCE.findall(json.dumps(states[id]))
    return reached


def _without_delay(connection: Any) -> type:
    """Return a subclass of Jupyter's connection class that sets TCP_NODELAY first."""

    class NoDelayConnection(connection):  # type: ignore[misc]  # known only at run time
        warned = False

        def connect(self) -> Any:
            try:
                self.websocket_handler.set_nodelay(True)
            except Exception as error:  # a slower notebook is better than none
                if not NoDelayConnection.warned:
                    self.log.warning(
                        "chatlib.server_extension could not set TCP_NODELAY: %r", error
                    )
                NoDelayConnection.warned = True
            return super().connect()

    return NoDelayConnection
