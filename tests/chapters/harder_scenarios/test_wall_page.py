"""The wall before it is written; in Chromium: tests/browser/test_wall_page.py."""

from pathlib import Path

from chatlib.chapters.harder_scenarios.wall_page import check_wall


async def test_a_page_that_was_not_begun_is_an_open_question(tmp_path: Path):
    start = tmp_path / "your_own_chat" / "start" / "wall.html"
    start.parent.mkdir(parents=True)
    start.write_text("TODO")
    file = tmp_path / "my_chat" / "wall.html"
    report = await check_wall(str(file))
    assert (
        str(report) == "… open  wall.html: Not written yet. Open wall.html in the folder my_chat."
    )
    assert file.read_text() == "TODO"
