// Which rows are shown: by connection, by direction, by kind, and up to when.

import { make } from "../elements.js";
import { count } from "../numbers.js";
import { button, choice } from "./choice.js";
import { DIRECTIONS, KINDS } from "./kinds.js";

export class Filters {
  /** `onFilter` is told what is wanted otherwise, as properties of `ShownRows`. */
  constructor(onFilter, onPause) {
    this.connection = choice("Connection", [[0, "all"]], (value) => onFilter({ only: Number(value) }));
    const direction = choice("Direction", DIRECTIONS, (sender) => onFilter({ sender }));
    const kind = choice("Kind", KINDS.map(([word], index) => [index, word]),
      (index) => onFilter({ kinds: KINDS[index][1] }));
    this.pause = button("Pause", onPause);
    this.element = make("div", { class: "group", role: "group", "aria-label": "Which rows are shown" },
      this.connection.element, direction.element, kind.element, this.pause);
  }

  /** Offer these connections; `only` is the one that is chosen. */
  offer(connections, only) {
    const entries = connectionEntries(connections);
    const text = JSON.stringify(entries);
    this.connection.element.hidden = connections.length < 2;
    if (text !== this.offered) this.connection.offer(entries);
    this.offered = text;
    this.connection.select.value = String(only);
  }

  showPause(paused, waiting) {
    this.pause.textContent = paused ? `Go on (${count(waiting, "new row")})` : "Pause";
  }
}

/** The connections as pairs of number and words, and a first one for all of them. */
export function connectionEntries(connections) {
  return [[0, "all"], ...connections.map(({ id, name, state, file }) =>
    [id, `${name} (${state})${file ? `, from ${file}` : ""}`])];
}
