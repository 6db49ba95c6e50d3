"""The room loads nothing that waits and nothing that shows widgets, and needs two packages."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import chatlib.wire

MODULES = [f"chatlib.wire.{module.name}" for module in pkgutil.iter_modules(chatlib.wire.__path__)]
CHECK = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    heavy = [heavy for heavy in ("asyncio", "ipywidgets", "IPython") if heavy in sys.modules]
    assert not heavy, (name, heavy)
"""


def test_every_module_was_seen():
    assert len(MODULES) == 14


def test_two_packages_are_imported():
    (folder,) = chatlib.wire.__path__
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    roots = {name.split(".")[0] for name in names}
    assert roots - sys.stdlib_module_names == {"chatlib", "msgspec", "websockets"}
    assert {name for name in names if name.startswith("websockets")} == {"websockets.frames"}


def test_no_module_loads_anything_heavy():
    subprocess.run([sys.executable, "-c", CHECK, *MODULES], check=True)
