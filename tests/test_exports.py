"""The façade offers what it lists, and nothing by accident."""

import ast
import subprocess
import sys
from pathlib import Path

import chatlib

SOURCE = Path(chatlib.__file__).read_text(encoding="utf-8")


def test_every_listed_name_can_be_imported():
    assert 9 <= len(chatlib.__all__) <= 18
    for name in chatlib.__all__:
        assert getattr(chatlib, name) is not None


def test_the_list_is_sorted_and_equals_what_type_checkers_see():
    typed = [
        alias.name
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chatlib.")
        for alias in node.names
    ]
    assert chatlib.__all__ == sorted(typed) == sorted(chatlib._ROOMS)


def test_dir_shows_the_list_and_other_names_are_refused():
    assert dir(chatlib) == chatlib.__all__
    assert not hasattr(chatlib, "secrets")


def test_importing_the_package_loads_neither_widgets_nor_asyncio():
    code = "import sys, chatlib; print({'asyncio', 'ipywidgets', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
