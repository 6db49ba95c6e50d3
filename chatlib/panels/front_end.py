"""A panel's code for the browser, kept once for all panels of a kind.

anywidget gives each widget a copy of its JavaScript and CSS, and JupyterLab saves all widgets with
the notebook: five wire panels were five times 60 kB. Here the code is the state of a widget of its
own, and a panel's only code is `front_end.js`, which finds it as a box finds its children.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import anywidget
import traitlets
from ipywidgets import widget_serialization

from chatlib.front import assemble
from chatlib.wire import show

HOST = Path(assemble.__file__).with_name("host.js")  # what every panel needs, after its own code


class FrontEndCode(anywidget.AnyWidget):
    """The code of one kind of panel: `code` is a module, `_css` a style sheet."""

    # Shown nowhere: it only holds the code. anywidget puts its style sheet into the page.
    _esm = "export default {};"

    code = traitlets.Unicode().tag(sync=True)

    def __init__(self, script: Path, stylesheet: Path) -> None:
        """Join a panel's files. In its style sheet, `&` is the class of the panel's element.

        The class is "chatlib-" and the first word of the style sheet's name: "chatlib-chat" for
        `chat_panel.css`. The script gives it to the element.
        """
        kind = stylesheet.stem.partition("_")[0]
        self._css = assemble.style(stylesheet, f".chatlib-{kind}")
        # anywidget tells style sheets apart by this name.
        code = assemble.script(script) + HOST.read_text(encoding="utf-8")
        super().__init__(_anywidget_id=f"chatlib.{kind}", code=code)


# The code that this kernel has given to its front ends, by the files it stands in.
_codes: dict[tuple[Path, Path], FrontEndCode] = {}


class FrontEndWidget(anywidget.AnyWidget):
    """A widget whose code stands in a model that it shares with the others of its class.

    Attributes:
        front_end: That model.
        own_id: The id of this widget's own model, which anywidget does not tell the code.
        error: An error in the panel's own code, in words; empty when there is none.
    """

    _esm = Path(__file__).with_suffix(".js")

    # The files of a panel, which stand beside its module and have its name unless the class names
    # others. The script's default export is a function that returns what anywidget calls for one
    # widget (`initialize`, `render`).
    SCRIPT: Path
    STYLE: Path

    front_end = traitlets.Instance(FrontEndCode).tag(sync=True, **widget_serialization)
    own_id = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Find the files of a panel."""
        super().__init_subclass__(**options)
        module = Path(inspect.getfile(cls))
        for name, suffix in ("SCRIPT", ".js"), ("STYLE", ".css"):
            if name not in vars(cls) and (file := module.with_suffix(suffix)).is_file():
                setattr(cls, name, file)

    def __init__(self, **traits: Any) -> None:
        """Make the widget, with these first values of traits."""
        own_id = uuid4().hex
        code = _code(self.SCRIPT, self.STYLE)
        super().__init__(front_end=code, own_id=own_id, model_id=own_id, **traits)

    def show_error(self, error: BaseException, where: str = "this panel") -> None:
        """Show an error that the learner did not make, with what to do."""
        what = f"{type(error).__name__} in {where}: {str(error).rstrip('.')}."
        self.error = f"{what} Run this cell again; if it comes back, report it."

    def as_words(self) -> tuple[str, str]:
        """Return what it shows as text, and as escaped HTML, for readers without a kernel."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **options: Any) -> Any:
        data, metadata = cast(Any, super()._repr_mimebundle_(**options))
        return {**data, **show.bundle(*self.as_words())}, metadata


def _code(script: Path, stylesheet: Path) -> FrontEndCode:
    """Return the model with this code; it is made once, and again after it was closed."""
    files = script, stylesheet
    if files not in _codes or _codes[files].comm is None:
        _codes[files] = FrontEndCode(*files)
    return _codes[files]
