"""The measurements that anybody can repeat: each finds what it needs, and says how it is run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))


def test_they_are_all_here():
    assert len(BENCHMARKS) == 11


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_it_can_begin(path: Path):
    assert f".venv/bin/python benchmarks/{path.name}" in path.read_text(encoding="utf-8")
    load = [sys.executable, "-c", f"import {path.stem}"]
    done = subprocess.run(load, cwd=path.parent, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
