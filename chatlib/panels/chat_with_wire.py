"""Chat panels and their wire as one object, which a notebook shows where it says "write above"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import ipywidgets

from chatlib.panels.chat_panel import ChatPanel


class ChatWithWire(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types.
    """Chat panels side by side, and their wire under them, so that one screen holds them all."""

    def __init__(self, panels: Sequence[ChatPanel], wire: ipywidgets.DOMWidget) -> None:
        """Show these panels above this wire panel."""
        self.panels = tuple(panels)
        self.wire = wire
        super().__init__([ipywidgets.HBox(self.panels), wire])
        self.add_class("chatlib-together")

    def __iter__(self) -> Iterator[ChatPanel]:
        """Yield the chat panels."""
        return iter(self.panels)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widget, and its parts one after the other for readers without a kernel."""
        shown = cast(dict[str, Any], super()._repr_mimebundle_(**options))
        parts = [cast(Any, part)._repr_mimebundle_()[0] for part in (*self.panels, self.wire)]
        texts = ("text/plain", "text/html")
        return {**shown, **{kind: "\n".join(part[kind] for part in parts) for kind in texts}}
