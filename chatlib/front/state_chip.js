// The state of a connection or a program: a sign and words, so that no colour has to say it.

import { make } from "./elements.js";

const SIGN = {
  connecting: "◌", open: "●", closing: "◐", closed: "○", starting: "◌", running: "●", ended: "○",
};

export function showChip(chip, state, words) {
  const sign = make("span", { class: "sign", "aria-hidden": "true", text: SIGN[state] });
  chip.replaceChildren(sign, words);
}
