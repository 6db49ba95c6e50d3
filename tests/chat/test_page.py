"""The page as it travels: who gets it, with which headers, and what its policy allows."""

import base64
import hashlib
import re

import httpx
import pytest
from websockets.asyncio.client import connect

from chatlib.chat import reconnecting_client as client
from chatlib.chat.page import html, page_server

AS_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def get(url: str, *, method: str = "GET", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        address = url.replace("ws", "http", 1)
        return await client.request(method, address, headers={**AS_BROWSER, **headers})


async def test_a_browser_gets_the_page(start):
    server = await start()
    for target in ("/", "/?name=Ana"):
        response = await get(server.url + target)
        assert response.status_code == 200
        assert response.text == html(guests=False)
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Connection"] == "close"


async def test_the_policy_allows_this_script_and_this_style_only(start):
    server = await start()
    response = await get(server.url)
    parts = response.headers["Content-Security-Policy"].split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}[^>]*>(.+?)</{tag}>", response.text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{digest}'"
    assert policy["connect-src"] == "ws: wss:"
    assert "http://localhost:*" in policy["frame-ancestors"]


async def test_the_page_for_guests_asks_for_a_code_and_cannot_be_framed(start):
    server = await start()
    door = await server.open_port("127.0.0.1", process_request=page_server(guests=True))
    response = await get(door.url)
    assert "<body data-guests>" in response.text
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert int(response.headers["Content-Length"]) == len(response.content)


async def test_other_paths_are_refused_in_words(start):
    server = await start()
    response = await get(server.url + "/lab/tree?token=secret")
    assert response.status_code == 404
    assert response.text.startswith("There is nothing here.")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("POST", {}, 405), ("GET", {"Accept": "*/*"}, 426), ("GET", {"Accept": ""}, 426)],
)
async def test_others_get_the_librarys_answer(start, method, headers, status):
    server = await start()
    assert (await get(server.url, method=method, **headers)).status_code == status


async def test_a_handshake_is_never_answered_with_the_page(start):
    server = await start()
    async with connect(server.url, proxy=None, additional_headers=AS_BROWSER) as connection:
        assert connection.response.status_code == 101


def test_the_document_is_whole():
    page = html(guests=False)
    assert page.count("new Chat();") == page.count("<style>") == page.count("</script>") == 1
    assert 'from "./' not in page and "@import" not in page
    assert html(guests=True) == page.replace("<body>", "<body data-guests>")


def test_the_page_comes_back_as_the_client_in_python_does():
    page = html(guests=False)

    def stands(name: str) -> list[str]:
        """Return the numbers and words of the one constant with this name."""
        (value,) = re.findall(rf"^const {name} = (.+?);", page, flags=re.MULTILINE)
        return re.findall(r"\w+", value.replace("new Set", ""))

    assert stands("FIRST") == [f"{1000 * client.FIRST:.0f}"]
    assert stands("LONGEST") == [f"{1000 * client.MOST:_.0f}"]
    assert stands("MOST") == [f"{client.MOST_ATTEMPTS}"]
    assert {int(code) for code in stands("PASSING")} == client.PASSING
    assert set(stands("LATER")) == client.LATER_AGAIN
