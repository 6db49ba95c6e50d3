"""A real nginx: it passes a WebSocket on, cuts a quiet one, and what is wrong with it is named."""

import asyncio
from pathlib import Path

import psutil
import pytest
from websockets import connect, serve

import chatlib.chapters.your_own_chat.nginx as module
from chatlib.chapters.your_own_chat.nginx import CASES, Nginx, check_nginx
from chatlib.driving.learner_program import Mistake
from chatlib.kernel import nginx_program
from chatlib.kernel.nginx_program import find_nginx
from chatlib.kernel.program import CannotStart
from tools.navigation import NOTEBOOKS

WORKED = NOTEBOOKS / "your_own_chat" / "solution" / "nginx.conf"
UPGRADE = "proxy_set_header Upgrade $http_upgrade;"
# What is replaced in the worked configuration, by what, and what is said of it.
WRONG = {
    "no Upgrade": (UPGRADE, "", "answered 426. The server behind nginx got no Upgrade"),
    "no Connection": ("proxy_set_header Connection $connection_header;", "", "answered 426."),
    "always close": ('default upgrade; "" close;', "default close;", "answered 426."),
    "old HTTP": ("proxy_http_version 1.1;", "", "answered 505."),
    "no semicolon": (UPGRADE, UPGRADE[:-1], "nginx does not start."),
    "no brace": ("    server {", "    server", "nginx does not start."),
    "a word misspelt": (UPGRADE, "proxy_set_headers Upgrade 1;", "unknown directive"),
    "https behind it": ("proxy_pass http://", "proxy_pass https://", "answered 502."),
    "another place": ("location / {", "location /chat/ {", "answered 404."),
    "too impatient": (UPGRADE, UPGRADE + " proxy_read_timeout 300ms;", "Is proxy_read_timeout"),
}


@pytest.fixture
def nginx_here() -> None:
    try:
        find_nginx()
    except CannotStart as missing:
        pytest.skip(f"NOT TESTED: {missing}")


def nginxes() -> list[psutil.Process]:
    each = psutil.Process().children(recursive=True)
    return [process for process in each if "nginx" in process.name()]


async def test_a_check_names_the_first_mistake(tmp_path: Path, monkeypatch, nginx_here):
    monkeypatch.setattr(module, "QUIET", 1.0)
    text = WORKED.read_text(encoding="utf-8")
    files = {name: tmp_path / f"{name}.conf" for name in WRONG}
    for name, (old, new, _) in WRONG.items():
        assert text.count(old) == 1, name
        files[name].write_text(text.replace(old, new), encoding="utf-8")
    right, *reports = await asyncio.gather(*map(check_nginx, (WORKED, *files.values())))
    assert right.passed and len(right.findings) == len(CASES) + 1, str(right)
    for (name, (_, _, words)), report in zip(WRONG.items(), reports, strict=True):
        *before, last = report.findings
        assert last.right is False and words in last.feedback, f"{name}:\n{report}"
        assert str(tmp_path) not in last.feedback and all(finding.right for finding in before)
    assert nginxes() == []


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def test_a_quiet_connection_is_cut_unless_somebody_pings(nginx_here, nothing_is_left_behind):
    closed = {}
    change = ("location / {", "location / { proxy_read_timeout 500ms;")
    for ping in (None, 0.1):
        async with (
            serve(echo, "127.0.0.1", 0, ping_interval=ping) as server,
            Nginx(WORKED, to=server.sockets[0].getsockname()[1], change=change) as nginx,
            connect(nginx.url, ping_interval=None) as client,
        ):
            await client.send("Halo")
            assert await client.recv() == "Halo"
            await asyncio.wait({asyncio.ensure_future(client.wait_closed())}, timeout=1.5)
            closed[ping] = client.close_code
            folder = Path(nginx._folder.name)
            assert folder.exists() and len(nginxes()) == 1
        assert not folder.exists() and nginxes() == []
    assert closed == {None: 1006, 0.1: None}


async def test_without_nginx_or_a_file_it_says_so(monkeypatch):
    monkeypatch.setattr(nginx_program, "find_nginx", lambda: "nginx")
    with pytest.raises(CannotStart, match="There is no file"):
        Nginx("nothing.conf", to=1)
    monkeypatch.undo()
    monkeypatch.delenv("COURSE_NGINX", raising=False)
    monkeypatch.setattr(nginx_program, "PLACES", ())
    monkeypatch.setenv("PATH", "")
    (finding,) = (await check_nginx(WORKED)).findings
    assert finding.right is None and "sudo apt install nginx" in finding.feedback


async def test_what_starts_and_ends_at_once_is_a_mistake(monkeypatch, nothing_is_left_behind):
    monkeypatch.setenv("COURSE_NGINX", "/bin/false")
    with pytest.raises(Mistake, match="does not start"):
        async with Nginx(WORKED, to=1):
            pass
