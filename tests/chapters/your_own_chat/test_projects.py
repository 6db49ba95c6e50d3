"""Which check a file gets, and a project that was not begun."""

import shutil
from pathlib import Path

from chatlib.chapters.your_own_chat.projects import CASES, PAGES, check_project
from chatlib.driving.start_files import START
from tests.chapters.your_own_chat.wrong_programs import SOLUTIONS


async def test_a_project_that_was_not_begun_is_made_and_open_and_a_right_one_passes(tmp_path: Path):
    shutil.copytree(SOLUTIONS.parent / "start", tmp_path / START)
    mine = tmp_path / "my_chat"
    for name in (*(f"{stem}.py" for stem in CASES), *(f"{stem}.html" for stem in PAGES)):
        for _ in range(2):
            (finding,) = (await check_project(str(mine / name))).findings
            assert finding.right is None
            assert finding.feedback == f"Not written yet. Open {name} in the folder my_chat."
    shutil.copy(SOLUTIONS / "ticker.py", mine)
    assert (await check_project(str(mine / "ticker.py"))).passed
    assert (mine / "ticker.py").read_bytes() == (SOLUTIONS / "ticker.py").read_bytes()


async def test_another_name_is_refused_with_the_names_that_there_are():
    report = await check_project("my_chat/tickr.py")
    assert "No project is called tickr.py. The projects are ticker.py, bell" in str(report)
