"""The room loads nothing that waits and nothing that shows widgets."""

import pkgutil
import subprocess
import sys

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


@pytest.mark.parametrize("module", MODULES)
def test_a_module_loads_nothing_heavy(module: str):
    command = [sys.executable, "-c", CHECK, module]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
