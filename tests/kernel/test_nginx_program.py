"""nginx beside the kernel, as a load balancer."""

import sys
from pathlib import Path

import psutil
import pytest
from websockets import connect, serve

from chatlib.kernel.nginx_program import NginxProgram, RefusesToStart, find_nginx
from chatlib.kernel.program import CannotStart, free_ports

CONFIGURATION = """
daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream chat { PLACES }
  server { listen 8080; location / {
    proxy_pass http://chat; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
  } }
}
"""


@pytest.fixture(autouse=True)
def nginx_here() -> None:
    try:
        find_nginx()
    except CannotStart as missing:
        pytest.skip(f"NOT TESTED: {missing}")


async def test_it_spreads_and_leaves_out_who_is_not_there():
    seen = []

    def named(name):
        async def handler(connection):
            seen.append(name)

        return handler

    async with serve(named("a"), "127.0.0.1", 0) as a, serve(named("b"), "127.0.0.1", 0) as b:
        ports = [each.sockets[0].getsockname()[1] for each in (a, b)] + free_ports(1)
        places = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)
        async with NginxProgram(CONFIGURATION.replace("PLACES", places)) as nginx:
            for _ in range(6):
                async with connect(nginx.url, proxy=None) as client:
                    await client.wait_closed()
    assert len(seen) == 6 and set(seen) == {"a", "b"}


async def test_a_configuration_that_it_does_not_take_is_named():
    with pytest.raises(RefusesToStart, match="unknown directive"):
        async with NginxProgram("nonsense;"):
            pass


@pytest.mark.parametrize("daemon", ["", "daemon on; master_process on;"])
async def test_no_process_is_left_whatever_the_configuration_says_of_daemons(daemon: str):
    text = CONFIGURATION.replace("daemon off; master_process off;", daemon)
    async with NginxProgram(text.replace("PLACES", "server 127.0.0.1:9;")) as nginx:
        folder = Path(nginx._folder.name).name
        running = [
            each
            for each in psutil.process_iter(["cmdline"])
            if folder in " ".join(each.info["cmdline"] or ())
        ]
        assert running
    _, left = psutil.wait_procs(running, timeout=5)
    for each in left:
        each.terminate()
    assert left == []


@pytest.mark.skipif(sys.platform == "win32", reason="a program of one line of sh stands for it")
async def test_an_nginx_that_is_too_old_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    old = tmp_path / "nginx"
    old.write_text("#!/bin/sh\necho 'nginx: invalid option: \"e\"'; exit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("COURSE_NGINX", str(old))
    with pytest.raises(CannotStart, match=r"too old.* needs nginx 1\.19\.5"):
        async with NginxProgram(CONFIGURATION):
            pass
