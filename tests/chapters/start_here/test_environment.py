"""The environment check finds nothing wrong here, and says what to do where something is."""

import socket
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from chatlib.chapters.start_here import environment
from chatlib.chapters.start_here.environment import check_environment


def finding(name: str):
    return next(found for found in check_environment().findings if found.name == name)


def test_the_tests_own_environment_passes():
    report = check_environment()
    assert report.passed, str(report)
    names = [found.name for found in report.findings]
    assert {"websockets", "jupyterlab", "anywidget in the browser"} <= set(names)


def test_an_old_and_a_missing_package(monkeypatch: pytest.MonkeyPatch):
    def version(name: str) -> str:
        if name == "anywidget":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(environment, "version", version)
    assert "1.0 is here, but >=17.0.1 is needed. Stop JupyterLab" in finding("websockets").feedback
    assert "It is not installed. Stop JupyterLab" in finding("anywidget").feedback


def test_what_only_an_extra_needs_is_not_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment, "requires", lambda name: ["no-such-package; extra == 'more'"])
    names = [found.name for found in check_environment().findings]
    assert "no-such-package" not in names


def test_no_front_end_for_widgets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment, "jupyter_path", lambda *parts: [])
    assert "no panel would show" in finding("anywidget in the browser").feedback


def test_no_loopback(monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **options: object) -> socket.socket:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(environment.socket, "create_connection", refuse)
    assert "A firewall may block it" in finding("network inside this computer").feedback


def test_vs_code_does_not_save_answers(monkeypatch: pytest.MonkeyPatch):
    name = "your answers in this notebook"
    assert name not in [found.name for found in check_environment().findings]
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__vsc_ipynb_file__", "/course/01.ipynb", raising=False)
    assert "work in JupyterLab" in finding(name).feedback
    assert not finding(name).right
