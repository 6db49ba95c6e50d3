// The form before the chat: it asks for the name, and for the join code where one is needed.

import { make, showText } from "../elements.js";

/** Put the cursor into a field; a page in a frame does not take it away from the notebook. */
export function focusOn(field) {
  if (window.parent === window || document.hasFocus()) field.focus();
}

/** What has to be typed before one can join: which field, and what to say; null if nothing. */
export function missing(name, code, codeNeeded) {
  if (!name.trim()) return { field: "name", words: "Type your name." };
  if (codeNeeded && !code.trim()) {
    return { field: "code", words: "Type the join code that is shown in the classroom." };
  }
  return null;
}

export class Door {
  constructor(name, code, enter) {
    this.enter = enter;
    this.name = make("input", {
      id: "name", autocomplete: "nickname", maxlength: "64", required: true, value: name,
      "aria-describedby": "problem",
    });
    this.code = make("input", {
      id: "code", inputmode: "numeric", autocomplete: "off", maxlength: "20", value: code,
      "aria-describedby": "code-hint problem",
    });
    this.codeRow = make("div", {}, make("label", { for: "code", text: "Join code" }), this.code,
      make("p", { class: "hint", id: "code-hint", text: "The number shown in the classroom." }));
    this.problem = make("p", { class: "problem", id: "problem", role: "alert", hidden: true });
    // The browser's own words for an empty field would stand beside an older problem.
    this.element = make("form", { novalidate: true, onsubmit: (event) => this.submit(event) },
      make("h1", { text: "Join the chat" }),
      make("div", {}, make("label", { for: "name", text: "Your name" }), this.name),
      this.codeRow, this.problem, make("button", { type: "submit", text: "Join" }));
    this.needCode(document.body.hasAttribute("data-guests"));
  }

  submit(event) {
    event.preventDefault();
    const absent = missing(this.name.value, this.code.value, this.code.required);
    if (absent) this.show(absent.words, this[absent.field]);
    else this.enter(this.name.value, this.code.value);
  }

  needCode(needed) {
    this.codeRow.hidden = !needed;
    this.code.required = needed;
  }

  show(problem, field) {
    this.element.hidden = false;
    showText(this.problem, problem);
    focusOn(field);
  }
}
