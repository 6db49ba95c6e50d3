"""The server extension in real Jupyter servers, looked at from inside by a second extension."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
from types import SimpleNamespace

import httpx
import pytest
from websockets.asyncio.client import connect

from chatlib import server_extension
from chatlib.server_extension import STATES, VIEW

TOKEN = secrets.token_hex()
KEY = {"Authorization": f"token {TOKEN}"}
# Serves /option: TCP_NODELAY of each kernel WebSocket that this Jupyter server has open.
PROBE = """
import socket
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.web import RequestHandler

handlers = []
open_as_shipped = KernelWebsocketHandler.open

async def open_and_note(self, kernel_id):
    handlers.append(self)
    await open_as_shipped(self, kernel_id)

class Option(RequestHandler):
    def get(self):
        sockets = [handler.ws_connection.stream.socket for handler in handlers]
        option = socket.IPPROTO_TCP, socket.TCP_NODELAY
        self.write({"nodelay": [bool(s.getsockopt(*option)) for s in sockets]})

def _jupyter_server_extension_points():
    return [{"module": "probe"}]

def _load_jupyter_server_extension(server):
    KernelWebsocketHandler.open = open_and_note
    server.web_app.add_handlers(".*", [("/option", Option)])
"""


@contextlib.asynccontextmanager
async def jupyter(folder, *extensions):
    """Run a Jupyter server of its own, with only the extensions named; give its URL and log.

    The log is a list of what it has said until it runs, and of the rest once it has ended.
    """
    (folder / "probe.py").write_text(PROBE, encoding="utf-8")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    own = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    names = [*(f"JUPYTER_{name}" for name in own), "IPYTHONDIR", "PYTHONPATH"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *["-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"],
        *[f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"],
        *[f"--ServerApp.jpserver_extensions={name}=True" for name in ("probe", *extensions)],
        cwd=folder,
        env=os.environ | dict.fromkeys(names, str(folder)),
        stderr=asyncio.subprocess.PIPE,
    )
    said, log = [], b""
    try:
        while b"is running at" not in log:
            line = await process.stderr.readline()
            assert line, log.decode()
            log += line
        said.append(log.decode())
        yield f"http://127.0.0.1:{port}", said
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        said.append((await process.communicate())[1].decode())


async def ask_a_kernel(url):
    """Start a kernel, and ask it something over its WebSocket.

    Returns the server's TCP_NODELAY of it, and what the kernel says of its language.
    """
    async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as http:
        kernel = (await http.post("/api/kernels", json={})).raise_for_status().json()["id"]
        address = url.replace("http", "ws", 1) + f"/api/kernels/{kernel}/channels?session_id=test"
        async with connect(address, additional_headers=KEY) as websocket:
            header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "test"}
            header |= {"username": "", "version": "5.3"}
            question = {"header": header, "parent_header": {}, "metadata": {}, "content": {}}
            await websocket.send(json.dumps(question | {"channel": "shell"}))
            async for message in websocket:
                reply = json.loads(message)
                if reply["header"]["msg_type"] == "kernel_info_reply":
                    break
            (option,) = (await http.get("/option")).raise_for_status().json()["nodelay"]
        (await http.delete(f"/api/kernels/{kernel}")).raise_for_status()
        return option, reply["content"]["language_info"]


async def language_of_a_notebook(url, folder):
    """Return what a notebook that says only "python" says of its language when it is opened."""
    notebook = {"cells": [], "metadata": {"language_info": {"name": "python"}}}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    (folder / "lesson.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as http:
        model = (await http.get("/api/contents/lesson.ipynb")).raise_for_status().json()
    return model["content"]["metadata"]["language_info"]


def output_of(panel):
    data = {"text/html": "its words", VIEW: {"model_id": panel}}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def notebook_with(panels, states):
    """Return a notebook that shows these panels, and holds these states of widgets if not None."""
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": "", "execution_count": 1}
    saved = {"version_major": 2, "version_minor": 0, "state": states}
    return {
        "cells": [cell | {"outputs": [output_of(panel) for panel in panels]}],
        "metadata": {} if states is None else {"widgets": {STATES: saved}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


async def saved_again(url, before, after):
    """Save a notebook, save it again with other content, and return the views and states in it."""
    address = "/api/contents/shown.ipynb"
    async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as http:
        for content in (before, after):
            model = {"type": "notebook", "format": "json", "content": content}
            (await http.put(address, json=model)).raise_for_status()
        content = (await http.get(address)).raise_for_status().json()["content"]
    views = [output["data"].get(VIEW) for output in content["cells"][0]["outputs"]]
    saved = content["metadata"].get("widgets", {}).get(STATES, {}).get("state", {})
    return [view and view["model_id"] for view in views], set(saved)


async def test_what_a_restart_forgot_stays_in_the_notebook(tmp_path):
    old = {"ana": {"state": {"layout": "IPY_MODEL_wide"}}, "wide": {"state": {}}}
    before = notebook_with(["ana"], old | {"gone": {"state": {}}})
    async with asyncio.timeout(60), jupyter(tmp_path, "chatlib.server_extension") as (url, _):
        # After a restart JupyterLab knows no widget; the second panel was never saved.
        forgotten = notebook_with(["ana", "budi"], {})
        assert await saved_again(url, before, forgotten) == (["ana", None], {"ana", "wide"})
        # Once the cell was run again, the old ones go.
        again = notebook_with(["new"], {"new": {"state": {}}})
        assert await saved_again(url, before, again) == (["new"], {"new"})
        # A JupyterLab that saves no states: its kernel may still have the panels.
        live = notebook_with(["ana", "budi"], None)
        assert await saved_again(url, before, live) == (["ana", "budi"], set())


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [(["chatlib.server_extension"], True), ([], False)],
    ids=["with", "without"],
)
async def test_the_kernel_websocket_of_a_real_server(tmp_path, extensions, expected):
    async with asyncio.timeout(60), jupyter(tmp_path, *extensions) as (url, log):
        option, language = await ask_a_kernel(url)
        assert option is expected
        # JupyterLab marks a notebook as changed if the kernel says it otherwise.
        assert (await language_of_a_notebook(url, tmp_path) == language) is expected
    started, rest = log
    assert ("chatlib.server_extension | extension was successfully loaded" in started) is expected
    assert ("websocket_ping_timeout" not in rest) is expected


def test_is_loaded_alone():
    """A Jupyter server pays for this module only, not for the course's panels or its chat."""
    script = (
        "import sys, chatlib.server_extension; print(*[m for m in sys.modules if 'chatlib' in m])"
    )
    output = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert output.split() == ["chatlib", "chatlib.server_extension"]


def server_with(settings):
    return SimpleNamespace(
        web_app=SimpleNamespace(settings=settings),
        log=logging.getLogger("test_server_extension"),
        contents_manager=SimpleNamespace(get=len, register_pre_save_hook=id),
    )


@pytest.mark.parametrize("settings", [{}, {"kernel_websocket_connection_class": None}])
def test_another_jupyter_gives_one_warning_and_is_left_as_it_was(settings, caplog):
    before = dict(settings)
    server_extension._load_jupyter_server_extension(server_with(settings))
    assert settings == before
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "does not know this version" in record.message


def test_a_websocket_that_cannot_do_it_gives_one_warning_and_still_connects(caplog):
    class Connection:
        log = logging.getLogger("test_server_extension")
        websocket_handler = None

        def connect(self):
            return "connected"

    settings = {"kernel_websocket_connection_class": Connection}
    server_extension._load_jupyter_server_extension(server_with(settings))
    for _ in range(2):
        assert settings["kernel_websocket_connection_class"]().connect() == "connected"
    (record,) = caplog.records
    assert "could not set TCP_NODELAY" in record.message


def test_is_an_extension_of_itself():
    assert server_extension._jupyter_server_extension_points() == [
        {"module": "chatlib.server_extension"}
    ]
