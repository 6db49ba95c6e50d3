"""The room loads nothing that waits and nothing that shows widgets, and needs two packages."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import chatlib.wire

MODULES = [f"chatlib.wire.{module.name}" for module in pkgutil.iter_modules(chatlib.wire.__path__)]
CHECK = """
import importlib, sys
importlib.import_module(sys.argv[1])
print([name for name in ("asyncio", "ipywidgets", "IPython") if name in sys.modules])
"""


def test_every_module_was_seen():
    assert len(MODULES) == 17


def test_two_packages_are_imported():
    (folder,) = chatlib.wire.__path__
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    roots = {name.split(".")[0] for name in names}
    assert roots - sys.stdlib_module_names == {"chatlib", "msgspec", "websockets"}
    assert {name for name in names if name.startswith("websockets")} == {"websockets.frames"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_loads_nothing_heavy(module: str):
    command = [sys.executable, "-c", CHECK, module]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
