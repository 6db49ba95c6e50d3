"""The page of steps 2 and 3 before it is written; in Chromium: tests/browser/test_chat_page.py."""

from pathlib import Path

from chatlib.chapters.your_own_chat.chat_page import check_index


async def test_a_page_that_was_not_begun_is_an_open_question(tmp_path: Path):
    start = tmp_path / "your_own_chat" / "start" / "index.html"
    start.parent.mkdir(parents=True)
    start.write_text("TODO")
    file = tmp_path / "my_chat" / "index.html"
    report = await check_index(str(file))
    assert (
        str(report) == "… open  index.html: Not written yet. Open index.html in the folder my_chat."
    )
    assert file.read_text() == "TODO"
