"""Cells of notebook 01, and what its text tells the learner to run."""

import ast
import asyncio
import re
from typing import Any

import nbformat

from chatlib import Lab
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "01_opening_handshake.ipynb"


async def test_the_wire_says_what_is_wrong_with_lines_that_end_with_lf_alone():
    cells = {each.id: each.source for each in nbformat.read(NOTEBOOK, as_version=4).cells}
    (told,) = (text for text in cells.values() if "## Extra · Modify" in text)
    (command,) = re.findall(r"`(lab\.wire\(.*\))`", told)
    async with asyncio.timeout(30), await Lab.start() as lab:
        names: dict[str, Any] = {"asyncio": asyncio, "lab": lab}
        exec(cells["typed"] + "\n\n" + cells["ask"], names)
        shown = eval(compile(command, "told", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        assert "here LF stands alone" in (await shown).as_words()[0]
        assert "here LF stands alone" in told
