"""A page that cannot come back yet is an open question, and no browser is asked."""

from pathlib import Path

from chatlib.chapters.your_own_chat.page_returns import check_page_returns


async def test_a_page_without_a_way_back_is_open(tmp_path: Path):
    file = tmp_path / "my_chat" / "index.html"
    assert "There is no file index.html" in str(await check_page_returns(file))
    file.parent.mkdir()
    file.write_text("<!doctype html>")
    (finding,) = (await check_page_returns(file)).findings
    assert finding.right is None and "no setTimeout" in finding.feedback
