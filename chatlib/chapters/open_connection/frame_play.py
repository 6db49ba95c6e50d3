"""A frame to play with: move a part, and see its bytes, its drawing, and the rule it breaks.

Everything happens in the browser, so it goes on while the kernel is busy.
"""

from __future__ import annotations

from chatlib.panels.front_end import FrontEndWidget

WORDS = "A frame to play with. It needs a running kernel: run this cell in JupyterLab."


class FramePlay(FrontEndWidget):
    """Controls for every part of a frame, beside its bytes."""

    def as_words(self) -> tuple[str, str]:
        """Return a sentence."""
        return WORDS, f"<p>{WORDS}</p>"
