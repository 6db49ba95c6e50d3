"""The bench: choose a rule to break, predict what comes of it, and see it on the wire.

What is broken and how stands in the modules beside this one; this only shows it.
"""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from chatlib.chapters.closing.misbehaviours import MISBEHAVIOURS, Misbehaviour
from chatlib.chapters.closing.trial import Trial, misbehave
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import WireTap
from chatlib.lab import Lab
from chatlib.panels.chat_rows import error_words
from chatlib.panels.prediction import Comparison, predict
from chatlib.panels.wire_panel import WirePanel
from chatlib.wire import show

INTRODUCTION = (
    "Each line of the list breaks one rule of RFC 6455, on a real connection to the chat of this "
    "notebook. Choose one, predict, and run it."
)
TRIED_HEAD = ("what was wrong", "the wire said", "a strict program")


def show_bench(lab: Lab) -> Bench:
    """Show a bench with rules to break, against the chat of this lab.

    Raises:
        RuntimeError: If the lab was stopped.
    """
    lab.check_running()
    bench = Bench(lab.loop, lab.tap)
    lab.keep("shown", bench.model_id, bench.stop)
    return bench


class Bench(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """All misbehaviours, one at a time.

    Attributes:
        names: What they are called, in the order of the list.
        outcomes: What came of those that were tried, by name; the newest if tried again.
    """

    names = tuple(MISBEHAVIOURS)

    def __init__(self, loop: KernelLoop, tap: WireTap) -> None:
        """Show the bench.

        Args:
            loop: Where everything of it happens.
            tap: The tap in front of the server that must stand all this.
        """
        self.outcomes: dict[str, Trial] = {}
        self._kernel_loop = loop
        self._tap = tap
        # One prediction for each name, and what stands beside it after a run.
        self._predictions = {
            name: predict(_question(each), *each.outcomes) for name, each in MISBEHAVIOURS.items()
        }
        self._evidence_of: dict[str, tuple[Comparison, WirePanel]] = {}
        # Whether a run was asked for by the button and has not ended.
        self._busy = False
        self._choice = ipywidgets.Dropdown(
            options=self.names, description="Break:", layout={"width": "auto"}
        )
        self._bytes, self._result, self._status = (ipywidgets.HTML() for _ in range(3))
        self._run = ipywidgets.Button(description="Run it", button_style="primary")
        self._question, self._evidence = ipywidgets.VBox(), ipywidgets.VBox()
        self._choice.observe(self._chosen, "value")
        self._run.on_click(self._asked)
        super().__init__(
            [
                ipywidgets.HTML(f"<b>Break it.</b> {escape(INTRODUCTION)}"),
                *(self._choice, self._bytes, self._question, self._run),
                *(self._status, self._evidence),
            ]
        )
        self._show_choice()

    async def run(self, name: str) -> Trial:
        """Break one rule, show what came of it, and return it.

        Args:
            name: One of `names`.

        Raises:
            ValueError: If there is no such misbehaviour.
            OSError: If the server cannot be reached.
        """
        if name not in MISBEHAVIOURS:
            raise ValueError(f"There is no {name!r} on the bench. Choose one of {self.names}.")
        self._choice.value = name
        self._status.value = _status("It runs …")
        outcome = await misbehave(MISBEHAVIOURS[name], self._tap)
        self._keep(outcome)
        if self._choice.value == name:
            self._show_outcome(outcome)
        return outcome

    def stop(self) -> None:
        """Take no more requests: the lab has stopped. What was shown stays."""
        self._run.disabled = True
        self._status.value = _status("The lab was stopped: run the setup cell again.")

    def _chosen(self, _: object) -> None:
        self._kernel_loop.call(self._show_choice, on_error=self._failed)

    def _asked(self, _: object) -> None:
        # A button that is disabled while it has the focus would lose it to the page.
        if not self._busy:
            self._busy = True
            self._kernel_loop.spawn(self._run_chosen(), name="the bench", on_error=self._failed)

    async def _run_chosen(self) -> None:
        try:
            await self.run(self._choice.value)
        except OSError as error:
            self._status.value = _status(f"The server cannot be reached. {error_words(error)}")
        finally:
            self._busy = False

    def _failed(self, error: BaseException, where: str = "") -> None:
        self._status.value = _status(f"The bench failed: {error_words(error)}")

    def _keep(self, outcome: Trial) -> None:
        """Remember an outcome and what shows it; what showed the one before is closed."""
        name = outcome.misbehaviour.name
        for old in self._evidence_of.get(name, ()):
            old.close()
        self.outcomes[name] = outcome
        comparison = self._predictions[name].compare(outcome.happened)
        comparison.observe(self._chosen, "verdict")
        wire = WirePanel(self._kernel_loop, traces=[outcome.trace])
        self._evidence_of[name] = comparison, wire

    def _show_choice(self) -> None:
        name = self._choice.value
        self._bytes.value = _bytes_html(MISBEHAVIOURS[name], None)
        self._question.children = (self._predictions[name],)
        self._status.value = ""
        self._evidence.children = ()
        if name in self.outcomes:
            self._show_outcome(self.outcomes[name])

    def _show_outcome(self, outcome: Trial) -> None:
        # The comparison says what happened; this is for those who hear the page.
        self._status.value = _status("Done. The result stands below.")
        self._bytes.value = _bytes_html(outcome.misbehaviour, outcome)
        self._result.value = show.html_table(
            "Why it happened", ("", "explanation"), outcome.reasons
        )
        comparison, wire = self._evidence_of[outcome.misbehaviour.name]
        # What the wire did would answer a question that is still open.
        found = (self._result, wire) if comparison.verdict else ()
        self._evidence.children = (comparison, *found)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget, and what was tried so far for readers without a kernel."""
        rows = [_row(outcome) for outcome in self.outcomes.values()]
        caption = f"The bench: {len(rows)} of {show.count(len(self.names), 'misbehaviour')} tried"
        text = "\n".join([caption, *(": ".join(row[:2]) for row in rows)])
        static = show.bundle(text, show.html_table(caption, TRIED_HEAD, rows))
        return {**super()._repr_mimebundle_(**options), **static}


def _row(outcome: Trial) -> tuple[str, str, str]:
    return outcome.misbehaviour.name, outcome.happened, outcome.misbehaviour.expected


def _question(misbehaviour: Misbehaviour) -> str:
    other = "client" if misbehaviour.breaker == "server" else "server"
    return f"{misbehaviour.name[0].upper()}{misbehaviour.name[1:]}: what does the {other} do?"


def _bytes_html(misbehaviour: Misbehaviour, outcome: Trial | None) -> str:
    data = misbehaviour.shown_bytes if outcome is None else outcome.sent
    text = show.hex_bytes(data) if misbehaviour.frames else data.decode().rstrip()
    lead = "These bytes are sent" if misbehaviour.frames else "This head was sent"
    if outcome is None and not misbehaviour.frames:
        lead = "A head like this will be sent"
    style = f"{show.MONOSPACE};white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.4"
    return f'<div>{lead}:</div><div style="{style}">{escape(text)}</div>'


def _status(text: str) -> str:
    return f'<div role="status">{escape(text)}</div>'
