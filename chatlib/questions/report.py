"""A list of findings, each right, wrong or still open, shown as text or as a table.

It knows nothing of what was checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

WORDS = {True: "✓ right", False: "✗ not yet", None: "… open"}
COLOURS = {True: "success", False: "error", None: "warn"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        name: What was checked, in the words of the exercise.
        right: True, False, or None when there is no answer yet.
        feedback: What was found; when it is not right, what to look at.
    """

    name: str
    right: bool | None
    feedback: str


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the order in which they were made; the last line of a cell shows them."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        """Collect findings from any iterable."""
        return cls(tuple(findings))

    @property
    def passed(self) -> bool:
        """Whether everything that was checked is right."""
        return all(finding.right for finding in self.findings)

    def __add__(self, other: Report) -> Report:
        """Join two reports."""
        return Report(self.findings + other.findings)

    def __str__(self) -> str:
        """Return one line a finding."""
        return "\n".join(
            f"{WORDS[finding.right]}  {finding.name}: {finding.feedback}"
            for finding in self.findings
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = "".join(_row(finding) for finding in self.findings)
        return {"text/plain": str(self), "text/html": f"<table><tbody>{rows}</tbody></table>"}


def _row(finding: Finding) -> str:
    colour = f"var(--jp-{COLOURS[finding.right]}-color1, #888)"
    return (
        f'<tr><td style="border-left: 4px solid {colour}; white-space: nowrap">'
        f"{WORDS[finding.right]}</td>"
        f'<th scope="row" style="text-align: left">{escape(finding.name)}</th>'
        '<td style="text-align: left; overflow-wrap: anywhere">'
        f"{escape(finding.feedback)}</td></tr>"
    )
