"""What the check of a page says without a browser; with one, see tests/browser."""

from pathlib import Path

import pytest

from chatlib.chapters.webrtc import peer_page
from chatlib.chapters.webrtc.peer_page import NO_NETWORK, check_peer_page


def page(tmp_path: Path) -> str:
    file = tmp_path / "peer.html"
    file.write_text("<p>mine</p>", encoding="utf-8")
    return str(file)


async def test_a_computer_without_a_network_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(peer_page, "NETWORK", lambda use_ipv4, use_ipv6: [])
    [finding] = (await check_peer_page(page(tmp_path))).findings
    assert finding.right is None and finding.feedback == NO_NETWORK


async def test_a_page_that_nobody_opens_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chatlib.driving.driven_page.OPENS_WITHIN", 0.1)
    [finding] = (await check_peer_page(page(tmp_path), lambda port: object)).findings
    assert not finding.right and "No browser opened the page" in finding.feedback
