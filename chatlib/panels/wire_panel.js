// The wire panel in the browser: draws the ladder, and the row that the reader chose.
//
// Python decides what is shown and in which words; this file only ties its parts together:
//
//   ShownRows      which rows fit the filters, and how far this view has come
//   Ladder         the table of rows; only those near the visible part are drawn
//   Details        the chosen row; its bytes stand in `Forms` that light each other
//   StatePicture   a connection's life, and where it is now
//   Filters        which rows are shown
//   Files          what was recorded, to keep and to open again

import { freshId, make, showText, write } from "../front/elements.js";
import { keepKeys } from "../front/keys.js";
import { withRows } from "../front/rows.js";
import { Details } from "../front/wire/details.js";
import { Files } from "../front/wire/files.js";
import { Filters } from "../front/wire/filters.js";
import { Ladder } from "../front/wire/ladder.js";
import { keyOf, ShownRows } from "../front/wire/shown_rows.js";
import { StatePicture } from "../front/wire/state_picture.js";

const KEPT_DETAILS = 50; // answers remembered, so that going back to a row is instant
const KERNEL_PATIENCE = 3000; // ms without an answer before the panel says that the kernel is silent

class WirePanel {
  constructor(model, rows, signal) {
    this.model = model;
    this.shown = new ShownRows(model);
    this.answers = new Map(); // key of a row -> its details
    this.ladder = new Ladder((row) => this.choose(row));
    this.details = new Details();
    this.life = new StatePicture(model.get("picture"));
    this.filters = new Filters((wanted) => this.filter(wanted), () => this.pause());
    this.files = new Files(model, () => this.shown.only, (connections) => this.showOpened(connections));
    this.build();
    this.restart();
    this.listen(rows, signal);
  }

  build() {
    this.state = make("span", { class: "state", role: "status" });
    this.counts = make("span", { class: "counts" });
    this.error = make("div", { class: "error", role: "alert" });
    const title = make("h2", { id: freshId("name"), text: "On the wire" });
    this.element = make("div", { class: "chatlib-wire", role: "group", "aria-labelledby": title.id,
      onkeydown: keepKeys },
    make("div", { class: "bar" }, title, this.state, this.counts, this.filters.element, this.files.element),
    this.files.notice, this.error, this.life.element, this.ladder.element, this.details.element);
  }

  listen(rows, signal) {
    rows.addEventListener("rows", () => this.grown(), { signal });
    rows.addEventListener("reset", () => this.restart(), { signal });
    this.model.on("msg:custom", (message) => message.kind === "details" && this.answered(message));
    this.model.on("change:connections change:error change:stopped", () => this.showBar());
    const sizes = new ResizeObserver(() => this.ladder.draw());
    sizes.observe(this.ladder.scroller);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      this.files.stop();
      clearTimeout(this.patience);
    });
  }

  // ---- which rows are shown

  filter(wanted) {
    Object.assign(this.shown, wanted);
    this.restart();
  }

  restart() {
    this.shown.restart();
    this.ladder.show(this.shown.rows);
    this.showBar();
  }

  /** While paused, the ladder stays as it is and new rows wait in the model. */
  pause() {
    this.shown.paused = !this.shown.paused;
    this.grown();
  }

  grown() {
    if (!this.shown.paused) {
      const { count, surplus } = this.shown.take();
      this.ladder.grown(count, surplus);
    }
    this.showBar();
  }

  /** Rows of a file come at the end, so that none may wait or be hidden by the connection's filter. */
  showOpened(connections) {
    this.shown.paused = false;
    this.filter({ only: connections.length === 1 ? connections[0] : 0 });
  }

  // ---- the bar above

  showBar() {
    const { only, paused } = this.shown;
    const connections = this.model.get("connections");
    this.element.classList.toggle("one", connections.length < 2 || only > 0);
    this.filters.offer(connections, only);
    this.filters.showPause(paused, this.shown.waiting());
    this.showState(connections);
    this.showCounts();
    showText(this.error, this.model.get("error"));
  }

  showCounts() {
    const stopped = this.model.get("stopped") ? " · stopped: no new row appears here" : "";
    const words = this.shown.words() + stopped;
    this.counts.textContent = words;
    this.ladder.setWords(`Everything that client and server sent, in order of time: ${words}`,
      this.shown.total ? "No row fits these filters."
        : "Nothing yet. A row appears here as soon as a client connects.");
  }

  showState(connections) {
    const chosen = connections.find(({ id }) => id === this.shown.only)
      ?? (connections.length === 1 ? connections[0] : null);
    const open = connections.filter(({ state }) => state === "open").length;
    const several = connections.length ? `${open} of ${connections.length} open` : "no connection yet";
    this.state.dataset.state = chosen?.state ?? "many";
    write(this.state, chosen?.state ?? several);
    this.life.show(chosen ?? connections.at(-1));
  }

  // ---- the chosen row

  choose(row) {
    clearTimeout(this.patience);
    this.wanted = keyOf(row);
    const known = this.answers.get(this.wanted);
    if (known) {
      this.details.show(known);
      return;
    }
    this.details.wait(row);
    this.patience = setTimeout(() => this.details.silent(), KERNEL_PATIENCE);
    this.model.send({ kind: "details", connection: row.connection, number: row.number });
  }

  answered(details) {
    this.answers.set(keyOf(details), details);
    if (this.answers.size > KEPT_DETAILS) this.answers.delete(this.answers.keys().next().value);
    if (keyOf(details) !== this.wanted) return;
    clearTimeout(this.patience);
    this.details.show(details);
  }
}

export default withRows(({ model, el, signal }, rows) => {
  el.append(new WirePanel(model, rows, signal).element);
});
