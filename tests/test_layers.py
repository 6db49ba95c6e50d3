"""Imports run one way, and each room knows only what it may know."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "chatlib"
MODULES = {
    ".".join(["chatlib", *path.relative_to(PACKAGE).with_suffix("").parts]): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py"
}

SHARED = ["front", "wire", "chat", "questions", "kernel", "panels", "driving"]
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
    "chatlib.panels": [f"chatlib.{room}" for room in SHARED if room != "driving"],
    "chatlib.driving": [f"chatlib.{room}" for room in SHARED if room != "chat"],
    "chatlib.lab": [f"chatlib.{room}" for room in SHARED],
    **{f"chatlib.chapters.{name}": [f"chatlib.{r}" for r in [*SHARED, "lab"]] for name in CHAPTERS},
    "chatlib.server_extension": [],
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Return the modules that a file imports; `from a.b import c` counts as a.b."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of the module"
            found.add(node.module or "")
    return found


def inside(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if inside(module, room)), key=len)


def test_every_module_was_seen():
    assert len(MODULES) == 181
    assert {room_of(module) for module in MODULES} == set(MAY_IMPORT)


def test_no_two_modules_and_no_two_classes_have_one_name():
    classes = [
        node.name
        for path in MODULES.values()
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
    ]
    names = [module.rpartition(".")[2] for module in MODULES]
    assert len(classes) > 150
    twice = {name for name in names if names.count(name) > 1}
    twice |= {name for name in classes if classes.count(name) > 1}
    assert twice == set()


def test_a_chapter_has_the_name_of_its_notebook():
    assert len(CHAPTERS) == 12 and set(CHAPTERS) <= set(NOTEBOOKS)


def of_chatlib(module: str) -> Iterator[str]:
    """Yield what a module imports of the other rooms."""
    for imported in imports(MODULES[module]):
        if inside(imported, "chatlib") and room_of(imported) != room_of(module):
            yield imported


def test_imports_run_one_way():
    assert [
        (module, imported)
        for module in MODULES
        for imported in of_chatlib(module)
        if not any(inside(imported, allowed) for allowed in MAY_IMPORT[room_of(module)])
    ] == []


def test_only_panels_and_chapters_know_of_widgets():
    rooms = {room_of(name) for name in importing({"ipywidgets", "anywidget"})}
    assert {room for room in rooms if "chapters" not in room} == {"chatlib.panels"}


def test_what_is_heavy_is_known_where_it_is_needed():
    http = importing({"starlette", "uvicorn", "httpx"})
    assert {room_of(name) for name in http} == {"chatlib.chapters.why_websocket"}
    peers = importing({"aiortc", "aioice"})
    assert {room_of(name) for name in peers} == {"chatlib.chapters.webrtc"}
    assert {room_of(name) for name in importing({"nats"})} == {"chatlib.chapters.beyond_one_server"}
    assert importing({"matplotlib"}) == ["chatlib.panels.canvas"]
    plots = [name for name, path in MODULES.items() if "chatlib.panels.canvas" in imports(path)]
    assert {room_of(name) for name in plots} == {
        "chatlib.chapters.why_websocket",
        "chatlib.chapters.webrtc",
        "chatlib.chapters.beyond_one_server",
    }


def importing(packages: set[str]) -> list[str]:
    """Return the modules that import one of these packages, or a part of one."""
    return [
        module
        for module, path in MODULES.items()
        if packages & {name.split(".")[0] for name in imports(path)}
    ]


def test_pure_modules_do_not_wait():
    pure = [name for name in MODULES if room_of(name) in {"chatlib.wire", "chatlib.questions"}]
    pure += [f"chatlib.chat.{name}" for name in ("messages", "validation", "room", "rooms")]
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    nodes = [(name, node) for name in pure for node in ast.walk(tree_of(MODULES[name]))]
    assert [name for name, node in nodes if isinstance(node, waits)] == []
    assert not set(pure) & set(importing({"asyncio"}))


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


def test_no_module_reaches_for_another_one_by_its_name():
    for module, path in MODULES.items():
        tree = tree_of(path)
        places = [text for text in texts(tree) if text in FILES or A_PLACE.search(text)]
        places += set(parts_of_paths(tree)) & set(ROOMS)
        places += [node for node in ast.walk(tree) if getattr(node, "attr", "") == "f_locals"]
        assert places == [], module


def test_each_module_is_tested_in_its_own_room():
    for module in MODULES:
        folder = TESTS.joinpath(*module.split(".")[1:-1])
        files = list(folder.glob("test_*.py"))
        room = module.rpartition(".")[0]
        named = {f"{room}.{path.stem.removeprefix('test_')}" for path in files}
        assert module in named | {used for path in files for used in imports(path)}
