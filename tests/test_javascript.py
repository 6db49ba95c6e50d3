"""The browser's code: `node --test` tests what needs no browser, and all of it fits together."""

import re
import subprocess
from pathlib import Path

import pytest

from chatlib.front.assemble import script
from chatlib.kernel.node import find_node

ROOT = Path(__file__).parents[1]
TESTS = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))
SCRIPTS = sorted((ROOT / "chatlib").rglob("*.js"))
# What stands in `front` is part of other scripts.
ENTRIES = [file for file in SCRIPTS if "front" not in file.relative_to(ROOT / "chatlib").parts]
# A relative import of another file, as `chatlib.front.assemble` resolves it.
IMPORT = re.compile(r'from "(\.[^"]*)";')


def node(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [find_node().program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, **options)


@pytest.mark.usefixtures("node_here")
def test_what_needs_no_browser():
    assert len(TESTS) == 8
    ran = node("--test", "--test-reporter=tap", *map(str, TESTS))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = {
        name: int(number) for name, number in re.findall(r"^# (\w+) (\d+)$", ran.stdout, re.M)
    }
    written = sum(len(re.findall(r"^test\(", file.read_text("utf-8"), re.M)) for file in TESTS)
    assert passed["pass"] == passed["tests"] == written >= 40


@pytest.mark.usefixtures("node_here")
def test_each_script_that_a_browser_loads_can_be_read_as_one(tmp_path: Path):
    assert len(ENTRIES) == 10
    for number, entry in enumerate(ENTRIES):
        joined = tmp_path / f"{number}.mjs"
        joined.write_text(script(entry), encoding="utf-8")
        # Two names that are the same, or an import that is left over, are an error here.
        checked = node("--check", str(joined))
        assert checked.returncode == 0, f"{entry}: {checked.stderr}"


def test_no_script_makes_markup_from_text():
    assert len(SCRIPTS) == 44
    for file in SCRIPTS:
        source = file.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in source, file
    assert "textContent" in (ROOT / "chatlib" / "front" / "elements.js").read_text("utf-8")


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_scripts_import_only_from_below(file: Path):
    """A panel's script imports from `front`; what stands there imports nothing from outside."""
    room = file.relative_to(ROOT / "chatlib").parts[0]
    for name in IMPORT.findall(file.read_text(encoding="utf-8")):
        imported = (file.parent / name).resolve()
        assert imported.is_file()
        assert imported.relative_to(ROOT / "chatlib").parts[0] == "front", (room, name)
