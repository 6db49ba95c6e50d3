// Something to choose from a list.

import { make } from "../elements.js";

/** A select with its label before it; `offer` gives it other pairs of value and text. */
export function choice(label, entries, onchange) {
  const select = make("select", { onchange: () => onchange(select.value) });
  const element = make("label", { class: "choice" }, make("span", { class: "unseen", text: label }), select);
  const offer = (pairs) => select.replaceChildren(
    ...pairs.map(([value, text]) => make("option", { value, text })));
  offer(entries);
  return { element, select, offer };
}

export const button = (text, onclick) =>
  make("button", { class: "button", type: "button", text, onclick });
