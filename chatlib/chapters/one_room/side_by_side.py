"""What several servers did, question by question, in one table. It knows nothing of the servers."""

from __future__ import annotations

from collections.abc import Mapping

from chatlib.wire import show

NOT_MEASURED = "not measured"


class SideBySide:
    """A table that grows while a notebook measures; the last line of a cell shows it."""

    def __init__(self, *columns: str) -> None:
        """Begin an empty table.

        Args:
            *columns: The servers' names.
        """
        self.columns = columns
        self._rows: dict[str, Mapping[str, object]] = {}

    def add(self, question: str, answers: Mapping[str, object]) -> SideBySide:
        """Write what each server did, and return the table. Asking again replaces the answers.

        Args:
            question: The row's title.
            answers: What was measured, by the server's name. A server may be missing.
        """
        self._rows[question] = dict(answers)
        return self

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table's rows as text: the question, and one answer a column."""
        return [
            (question, *(str(answers.get(name, NOT_MEASURED)) for name in self.columns))
            for question, answers in self._rows.items()
        ]

    def __repr__(self) -> str:
        """Say how much was asked of whom."""
        return f"<SideBySide: {len(self._rows)} rows about {', '.join(self.columns)}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        head = ("measured here", *self.columns)
        return show.bundle(
            show.text_table([head, *self.rows]),
            show.html_table("What this computer saw", head, self.rows),
        )
