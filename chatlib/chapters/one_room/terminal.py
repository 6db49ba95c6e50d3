"""How to join the chat from a terminal: the exact commands for this machine."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal

from chatlib.chapters.one_room.classroom import Classroom
from chatlib.chat.messages import Enter, Join, Say, encode
from chatlib.kernel.tap import Tapped
from chatlib.lab import Lab

Shell = Literal["posix", "powershell", "cmd"]

SCRIPT = Path("scripts") / "join.py"
SHELL_NAMES: dict[Shell, str] = {
    "posix": "in a terminal",
    "powershell": "in PowerShell",
    "cmd": "in the Command Prompt (cmd)",
}
# A click on a line selects it whole, also where a saved notebook's buttons do nothing. The newer
# navigator.clipboard is missing on a page that came over plain HTTP from another computer.
LINE = '<pre style="white-space:pre-wrap;user-select:all;margin:0 8px 0 16px">{line}</pre>'
COPY = (
    '<button onclick="getSelection().selectAllChildren(this.previousSibling);'
    " this.textContent = document.execCommand('copy') ? 'Copied' : 'Press Ctrl+C'\">Copy</button>"
)
NO_COMMANDS = (
    "No terminal can join this classroom: it is closed, or encrypted with a certificate that nobody"
    " has signed, which these programs refuse. Open it without encrypted=True."
)
# What PowerShell takes as one plain word.
_PLAIN = re.compile(r"[\w.:/\\+-]+", re.ASCII)
# What the Command Prompt takes for a sign of its own, outside of quotation marks.
_OF_CMD = re.compile(r"[&|<>^()]")


def join_commands(lab: Lab, name: str, *, to: Classroom | Tapped | None = None) -> TerminalCommands:
    """Return the commands with which somebody joins the chat from a terminal.

    Args:
        lab: The running lab.
        name: The name to have in the chat.
        to: Another server, or the classroom; the lab's own address when not given.
    """
    if isinstance(to, Classroom):
        if not to.is_open or to.url.startswith("wss:"):
            raise LookupError(NO_COMMANDS)
        return TerminalCommands(name, to.url, code=to.code)
    return TerminalCommands(name, lab.tap_of(to).url)


class TerminalCommands:
    """Two ways to join the chat from a terminal, filled in for this machine.

    Attributes:
        join: The words of the command that runs the course's own small client, `join.py`.
        client: The words of the command that runs the interactive client of `websockets`.
        lines: What to type into that client: the join code if one is asked for, a join, a message.
    """

    def __init__(
        self, name: str, url: str, *, code: str | None = None, folder: Path | None = None
    ) -> None:
        """Fill the commands in.

        Args:
            name: The name to have in the chat.
            url: The chat's WebSocket address.
            code: The join code of a classroom.
            folder: Where the notebooks are; this kernel's folder when not given.
        """
        script = str((folder or notebooks_folder()) / SCRIPT)
        self.join = [sys.executable, script, name, url, *([code] if code else [])]
        self.client = [sys.executable, "-m", "websockets", url]
        said = [
            *([Enter(code=code)] if code else []),
            Join(name=name),
            Say(text=f"Hello from {name}"),
        ]
        self.lines = [encode(message) for message in said]

    def __repr__(self) -> str:
        """Return the commands as text."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        lines = []
        for shell in shells():
            where = SHELL_NAMES[shell]
            lines += [f"The course's client, {where}:", f"    {command_line(self.join, shell)}"]
            lines += [f"The client of websockets, {where}:"]
            lines += [f"    {command_line(self.client, shell)}"]
        return [*lines, "Then type these lines into the client of websockets:",
                *(f"    {line}" for line in self.lines)]  # fmt: skip

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        html = "".join(
            f'<div style="display:flex">{LINE.format(line=escape(line.strip()))}{COPY}</div>'
            if line.startswith(" ")
            else f"<p>{escape(line)}</p>"
            for line in self._lines()
        )
        return {"text/plain": repr(self), "text/html": html}


def notebooks_folder() -> Path:
    """Return the folder of the notebooks: this kernel's, or that of the course's own files."""
    here = Path.cwd()
    return here if (here / SCRIPT).is_file() else Path(__file__).parents[3] / "notebooks"


def shells(platform: str = sys.platform) -> tuple[Shell, ...]:
    """Return the shells that a user of this system may have in front of them."""
    return ("powershell", "cmd") if platform == "win32" else ("posix",)


def command_line(words: Sequence[str], shell: Shell) -> str:
    """Write a command so that the shell takes each word as it is.

    Args:
        words: The program and its arguments.
        shell: Which shell reads the line: their quoting differs.
    """
    if shell == "posix":
        return shlex.join(words)
    if shell == "cmd":
        return " ".join(map(_cmd_quoted, words))
    quoted = [word if _PLAIN.fullmatch(word) else _powershell_quoted(word) for word in words]
    # PowerShell takes a quoted word at the start for a text, unless & says that it is a program.
    return " ".join(quoted if quoted[0] == words[0] else ["&", *quoted])


def _cmd_quoted(word: str) -> str:
    quoted = subprocess.list2cmdline([word])
    # That quotes for the program alone: cmd itself would end the command at the & of R&D.
    return f'"{word}"' if quoted == word and _OF_CMD.search(word) else quoted


def _powershell_quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
