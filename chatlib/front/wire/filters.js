// Which rows are shown: by what they hold, by connection, by direction, by kind, and since when.

import { make } from "../elements.js";
import { count } from "../numbers.js";
import { button, choice } from "./choice.js";
import { DIRECTIONS, KINDS } from "./kinds.js";

const ALL = "all connections";
const TYPING = 200; // ms after the last letter until a search begins

export class Filters {
  /** `onFilter` is told what is wanted otherwise, as properties of `ShownRows`. */
  constructor(onFilter, onPause, onClear) {
    this.onFilter = onFilter;
    this.input = make("input", { type: "search", placeholder: "Search text or 81 85", size: 16,
      oninput: () => this.typed() });
    const search = make("label", { class: "choice" }, make("span", { class: "unseen", text: "Search" }), this.input);
    this.connection = choice("Connection", [[0, ALL]], (value) => onFilter({ only: Number(value) }));
    this.direction = choice("Direction", DIRECTIONS, (sender) => onFilter({ sender }));
    this.kind = choice("Kind", KINDS.map(([word], index) => [index, word]),
      (index) => onFilter({ kinds: KINDS[index][1] }));
    this.pause = button("Pause", onPause);
    this.clear = button("Clear", () => onClear());
    this.element = make("div", { class: "group", role: "group", "aria-label": "Which rows are shown" },
      search, this.connection.element, this.direction.element, this.kind.element, this.pause, this.clear);
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.onFilter({ search: this.input.value.trim() });
    }, TYPING);
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

  /** Show what a view wants; only a live one can be paused. */
  show({ search, sender, kinds, paused, waiting, live, cleared }) {
    // What is being typed is not a search yet: a row that comes meanwhile must not undo it.
    if (!this.timer && this.input.value.trim() !== search) this.input.value = search;
    this.direction.select.value = sender;
    this.kind.select.value = String(KINDS.findIndex(([, wanted]) => wanted === kinds));
    this.pause.hidden = !live;
    this.pause.textContent = paused ? `Go on (${count(waiting, "new row")})` : "Pause";
    this.clear.textContent = cleared ? "Show cleared rows" : "Clear";
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** The connections as pairs of number and words, and a first one for all of them. */
export function connectionEntries(connections) {
  return [[0, ALL], ...connections.map(({ id, name, state }) => [id, `${name} (${state})`])];
}
