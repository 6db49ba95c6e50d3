"""What a learner answered before: in this kernel, or in the notebook's file as it was last saved.

Nothing is written anywhere: JupyterLab saves the state of the widgets with the notebook, and a
new kernel reads it there. So an answer is as private as the notebook is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import traitlets

from chatlib.panels.front_end import FrontEndWidget

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
State = Mapping[str, Any]

# The newest answers in this kernel, by what they belong to.
_answered: dict[str, State] = {}


class AnswerWidget(FrontEndWidget):
    """A widget that comes back with its answers when its cell is run again.

    Attributes:
        belongs_to: The same text for the same question, and for no other.
        kept_at: When the learner gave the newest one, in seconds since 1970; 0 for no answer.
    """

    # The traits that hold the learner's answers.
    KEPT: tuple[str, ...] = ()

    belongs_to = traitlets.Unicode().tag(sync=True)
    kept_at = traitlets.Float(0.0).tag(sync=True)

    def __init__(self, belongs_to: str, **traits: Any) -> None:
        """Make the widget with first values of traits, and put back what was answered before."""
        super().__init__(belongs_to=belongs_to, **traits)
        before = _answered.get(belongs_to) or saved_states(notebook_path()).get(belongs_to, {})
        for name in ("kept_at", *self.KEPT):
            self._put_back(name, before)
        self.observe(self._keep, names=list(self.KEPT))

    def _put_back(self, name: str, before: State) -> None:
        # A file may hold anything; an answer that is none is no reason to fail.
        with suppress(traitlets.TraitError):
            self.set_trait(name, before.get(name, getattr(self, name)))

    def _keep(self, _: object) -> None:
        self.kept_at = time.time()
        names = ("kept_at", *self.KEPT)
        _answered[self.belongs_to] = {name: getattr(self, name) for name in names}


def notebook_path() -> Path | None:
    """Return the file of the notebook that this kernel belongs to, or None if nobody says it.

    The Jupyter server tells a kernel its notebook in the environment variable JPY_SESSION_NAME,
    and VS Code in a variable of the notebook. VS Code saves no answers, but it leaves in the file
    those that JupyterLab saved.
    """
    told = getattr(sys.modules["__main__"], "__vsc_ipynb_file__", None)
    name = os.environ.get("JPY_SESSION_NAME") or told
    return Path(name) if name else None


@cache  # Read once: what is answered after that is kept in this kernel.
def saved_states(path: Path | None) -> Mapping[str, State]:
    """Return the states of the widgets in a saved notebook, by what they belong to.

    A notebook that cannot be read has none. Of two with the same question the newer one counts.
    """
    return {state["belongs_to"]: state for state in sorted(_states(_read(path)), key=_age)}


def saved_sources(path: Path | None) -> list[str]:
    """Return what stands in the cells of a saved notebook, in their order."""
    return ["".join(cell.source) for cell in _read(path).cells]


def _read(path: Path | None) -> _Notebook:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Notebook) if path else _Notebook()
    except (OSError, ValueError):
        return _Notebook()


class _Model(msgspec.Struct):
    """One saved widget. JupyterLab leaves out what has its default value."""

    state: dict[str, Any] = {}


class _WidgetStates(msgspec.Struct):
    state: dict[str, _Model] = {}


class _Metadata(msgspec.Struct):
    widgets: dict[str, _WidgetStates] = {}


class _Cell(msgspec.Struct):
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    """The part of a notebook's file that is read here."""

    cells: list[_Cell] = []
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


def _states(notebook: _Notebook) -> Iterator[State]:
    saved = notebook.metadata.widgets.get(WIDGET_STATE, _WidgetStates())
    for model in saved.state.values():
        if isinstance(model.state.get("belongs_to"), str):
            yield model.state


def _age(state: State) -> float:
    kept_at = state.get("kept_at")
    return kept_at if isinstance(kept_at, int | float) else 0.0
