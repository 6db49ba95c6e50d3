"""Is everything here that the course needs? Each finding that is not right says what to do."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from jupyter_core.paths import jupyter_path
from packaging.requirements import Requirement

from chatlib.questions.report import Finding, Report

START_AGAIN = "Stop JupyterLab, run `python3 course.py lab` again, and restart the kernel."
FRONT_ENDS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}


def check_environment() -> Report:
    """Check every package of the course, the widgets' front end and the loopback network.

    It takes a few milliseconds and changes nothing.
    """
    return Report.of([*_packages(), *_front_ends(), _loopback(), *_answers()])


def _packages() -> Iterator[Finding]:
    for line in requires("chatlib") or ():
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate():
            continue  # an extra, or for another system
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield Finding(wanted.name, False, f"It is not installed. {START_AGAIN}")
            continue
        right = wanted.specifier.contains(found, prereleases=True)
        advice = "" if right else f" is here, but {wanted.specifier} is needed. {START_AGAIN}"
        yield Finding(wanted.name, right, f"{found}{advice}")


def _front_ends() -> Iterator[Finding]:
    for package, folder in FRONT_ENDS.items():
        places = [Path(place) / folder for place in jupyter_path("labextensions")]
        right = any(place.is_dir() for place in places)
        yield Finding(
            f"{package} in the browser",
            right,
            "JupyterLab can show its widgets."
            if right
            else f"JupyterLab has no front end for it, so no panel would show. {START_AGAIN}",
        )


def _loopback() -> Finding:
    name = "network inside this computer"
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), timeout=2),
        ):
            return Finding(name, True, "A server and a client can meet on 127.0.0.1.")
    except OSError as error:
        return Finding(
            name,
            False,
            f"A client could not reach a server on 127.0.0.1 ({error}). "
            "A firewall may block it: allow Python in the firewall's settings.",
        )


def _answers() -> Iterator[Finding]:
    # VS Code gives its kernels this variable. That it leaves widgets out of a saved notebook is
    # https://github.com/microsoft/vscode-jupyter/issues/4404.
    if hasattr(sys.modules["__main__"], "__vsc_ipynb_file__"):
        yield Finding(
            "your answers in this notebook",
            False,
            "VS Code does not save them: they are gone when the kernel stops. All else works. "
            "To keep them, work in JupyterLab: run `python3 course.py lab`.",
        )
