"""The folder that is taken home runs where nothing but its requirements is installed."""

import asyncio
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, requires
from pathlib import Path

from chatlib.chapters.your_own_chat.take_home import FILES, take_home


def needed(names: set[str]) -> set[str]:
    """Return packages with all that they need."""
    more = {
        re.split(r"[^\w.-]", line)[0]
        for name in names
        for line in requires(name) or ()
        if "extra ==" not in line and "sys_platform" not in line and "python_version" not in line
    }
    return names if more <= names else needed(names | more)


def empty_environment(folder: Path) -> Path:
    """Make an environment that holds what requirements.txt names, copied from ours; its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = next(folder.glob("[Sb][ci][rn]*/python*"))
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    lines = (FILES / "requirements.txt").read_text().splitlines()
    for name in needed({re.split(r"\W", line)[0] for line in lines}):
        for path in distribution(name).files or ():
            if ".." not in path.parts and "__pycache__" not in path.parts:
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path.locate(), site / path)
    return python


async def test_its_own_test_passes_in_an_empty_environment(tmp_path: Path):
    home = tmp_path / "my chat"
    home.mkdir()
    (home / "client.py").write_text("mine")
    assert "It was there already" in str(take_home(home))
    assert (home / "client.py").read_text() == "mine"
    (home / "client.py").unlink()
    assert take_home(home).passed and len(list(home.iterdir())) == 6
    python = empty_environment(tmp_path / "environment")
    alone = [python, "-c", "import chatlib"]
    assert subprocess.run(alone, capture_output=True, cwd=home).returncode == 1
    program = await asyncio.create_subprocess_exec(
        *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        cwd=home,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(program.communicate(), 50)
    assert program.returncode == 0 and b"3 passed" in output, output.decode()
