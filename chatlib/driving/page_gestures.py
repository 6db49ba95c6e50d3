"""What a check does in a learner's page, and looks at: fields, a form, and what an element says."""

from __future__ import annotations

from chatlib.driving.driven_client import shown
from chatlib.driving.driven_page import DrivenPage
from chatlib.driving.learner_program import Mistake

# The element with an id, for the scripts of a check.
FIND = """
const find = (id) => document.getElementById(id)
    ?? (() => { throw new Error(`no element has id="${id}"`); })();
"""
# Look until an element holds a text, which takes a page some milliseconds.
LOOK = f"""{FIND}
for (let look = 0; look < 20; look += 1) {{
    if (find(id).textContent.includes(text)) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
}}
return find(id).textContent;
"""
# Press the button of a form, as a mouse and Enter do: a page may listen to it or to the form.
PRESS = """
const press = (form) => {
    const button = form.querySelector("button, input[type=submit]");
    if (button) button.click(); else form.requestSubmit();
};
"""
# Press Send, and keep the page where it is; null if the browser did not submit at all.
SUBMIT = f"""{FIND}{PRESS}
let kept = null;
const look = (event) => {{ kept = event.defaultPrevented; event.preventDefault(); }};
for (const [id, value] of Object.entries(fields)) find(id).value = value;
addEventListener("submit", look);
press(find("form"));
removeEventListener("submit", look);
return kept;
"""


async def submit(page: DrivenPage, **fields: str) -> None:
    """Fill fields in and press Send.

    Raises:
        Mistake: If the page would be loaded again.
    """
    if await page.run(SUBMIT, fields=fields) is False:
        raise Mistake(f"{page.last}The browser loads the page again: call event.preventDefault().")


async def holds(page: DrivenPage, id: str, text: str) -> None:
    """Wait until the element with this id holds a text, for a second.

    Raises:
        Mistake: If it does not.
    """
    got = await page.run(LOOK, id=id, text=text)
    if got is not None:
        raise Mistake(
            f"{page.last}The element “{id}” should say “{text}”, and says {shown(got[-200:])}."
        )
