"""Imports run one way, and each room knows only what it may know."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chatlib"
MODULES = {
    ".".join(["chatlib", *path.relative_to(PACKAGE).with_suffix("").parts]): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py"
}

SHARED = ["wire", "chat", "questions", "kernel", "panels"]
# A chapter is what one notebook alone needs, in a folder of that notebook's name.
NOTEBOOKS = [path.stem[3:] for path in sorted((PACKAGE.parent / "notebooks").glob("[0-9]*.ipynb"))]
CHAPTERS = sorted(path.parent.name for path in PACKAGE.glob("chapters/*/__init__.py"))

# What each room may import of chatlib, besides itself. The longest matching name counts.
MAY_IMPORT = {
    "chatlib.wire": [],
    "chatlib.chat": ["chatlib.wire"],
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
    assert len(MODULES) == 113
    assert {room_of(module) for module in MODULES} == set(MAY_IMPORT)


def test_a_chapter_has_the_name_of_its_notebook():
    assert len(CHAPTERS) == 4 and set(CHAPTERS) <= set(NOTEBOOKS)


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
    + ["chatlib.chat.messages", "chatlib.chat.room"],
)
def test_pure_modules_do_not_wait(module: str):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert not [node for node in ast.walk(tree) if isinstance(node, waits)]
    assert "asyncio" not in set(imports(MODULES[module]))


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_a_test_file_of_the_same_name(module: str):
    path = MODULES[module].relative_to(PACKAGE)
    tests = Path(__file__).parent / path.parent
    assert (tests / f"test_{path.name}").is_file()
