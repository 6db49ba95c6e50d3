"""Imports run one way, and each room knows only what it may know."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "chatlib"
MODULES = {
    ".".join(["chatlib", *path.relative_to(PACKAGE).with_suffix("").parts]): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py"
}

SHARED = ["front", "wire", "chat", "questions", "kernel", "panels"]
# A chapter is what one notebook alone needs, in a folder of that notebook's name.
NOTEBOOKS = [path.stem[3:] for path in sorted((PACKAGE.parent / "notebooks").glob("[0-9]*.ipynb"))]
ROOMS = [*SHARED, "chapters"]
CHAPTERS = sorted(path.parent.name for path in PACKAGE.glob("chapters/*/__init__.py"))

# What each room may import of chatlib, besides itself. The longest matching name counts.
MAY_IMPORT = {
    "chatlib.front": [],
    "chatlib.wire": [],
    "chatlib.chat": ["chatlib.front", "chatlib.wire"],
    "chatlib.questions": ["chatlib.wire"],
    "chatlib.kernel": ["chatlib.wire", "chatlib.chat"],
    "chatlib.panels": [f"chatlib.{room}" for room in SHARED],
    "chatlib.lab": [f"chatlib.{room}" for room in SHARED],
    **{f"chatlib.chapters.{name}": [f"chatlib.{r}" for r in [*SHARED, "lab"]] for name in CHAPTERS},
    "chatlib.nodelay": [],
}


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports; `from a.b import c` counts as a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of the module"
            yield node.module or ""


def inside(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if inside(module, room)), key=len)


def test_every_module_was_seen():
    assert len(MODULES) == 125
    assert {room_of(module) for module in MODULES} == set(MAY_IMPORT)


def test_no_two_modules_and_no_two_classes_have_one_name():
    classes = [
        node.name
        for path in MODULES.values()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    names = [module.rpartition(".")[2] for module in MODULES]
    assert len(classes) > 150
    twice = {name for name in names if names.count(name) > 1}
    twice |= {name for name in classes if classes.count(name) > 1}
    assert twice == set()


def test_a_chapter_has_the_name_of_its_notebook():
    assert len(CHAPTERS) == 8 and set(CHAPTERS) <= set(NOTEBOOKS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str):
    room = room_of(module)
    for imported in imports(MODULES[module]):
        if inside(imported, "chatlib") and room_of(imported) != room:
            assert any(inside(imported, allowed) for allowed in MAY_IMPORT[room]), imported


@pytest.mark.parametrize("module", MODULES)
def test_only_panels_know_of_widgets(module: str):
    widgets = {name for name in imports(MODULES[module]) if name in {"ipywidgets", "anywidget"}}
    assert not widgets or room_of(module) == "chatlib.panels" or "chapters" in module


@pytest.mark.parametrize("module", MODULES)
def test_only_one_chapter_knows_of_http_servers_and_plots(module: str):
    heavy = {name.split(".")[0] for name in imports(MODULES[module])}
    heavy &= {"starlette", "uvicorn", "httpx", "matplotlib"}
    assert not heavy or room_of(module) == "chatlib.chapters.why_websocket"


@pytest.mark.parametrize(
    "module",
    [name for name in MODULES if room_of(name) in {"chatlib.wire", "chatlib.questions"}]
    + ["chatlib.chat.messages", "chatlib.chat.validation", "chatlib.chat.rooms"],
)
def test_pure_modules_do_not_wait(module: str):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert not [node for node in ast.walk(tree) if isinstance(node, waits)]
    assert "asyncio" not in set(imports(MODULES[module]))


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts that a module works with; its docstrings are for people."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def parts_of_paths(tree: ast.AST) -> Iterator[str]:
    """Yield the texts in `folder / "panels" / "chat.py"`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield from texts(node)


# What names a room or a module of another one: `chatlib.panels`, `panels/chat_panel.py`, `chat.py`.
FILES = {path.name for path in MODULES.values()}
A_PLACE = re.compile(rf"chatlib[./]({'|'.join(ROOMS)})|^({'|'.join(ROOMS)})[/\\]")


@pytest.mark.parametrize("module", MODULES)
def test_no_module_reaches_for_another_one_by_its_name(module: str):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert not [text for text in texts(tree) if text in FILES or A_PLACE.search(text)]
    assert not set(parts_of_paths(tree)) & set(ROOMS)
    assert not [node for node in ast.walk(tree) if getattr(node, "attr", "") == "f_locals"]


@pytest.mark.parametrize("module", MODULES)
def test_each_module_is_tested_in_its_own_room(module: str):
    folder = TESTS.joinpath(*module.split(".")[1:-1])
    files = list(folder.glob("test_*.py"))
    room = module.rpartition(".")[0]
    named = {f"{room}.{path.stem.removeprefix('test_')}" for path in files}
    assert module in named | {used for path in files for used in imports(path)}
