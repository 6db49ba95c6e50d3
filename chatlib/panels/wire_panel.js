// The wire panel in the browser: draws the ladder, and the row that the reader chose.
//
// Python decides what is shown and in which words; this file only ties its parts together:
//
//   ShownRows      which rows fit the filters, and how far this view has come
//   Ladder         the table of rows; only those near the visible part are drawn
//   Timeline       the same rows as a picture, slanted by the time that they took
//   Details        the chosen row; its bytes stand in `Forms` that light each other
//   StatePicture   a connection's life, and where it is now
//   Filters        which rows are shown
//   Dock           keeps the panel on the screen while the notebook scrolls
//   Files          what was recorded, to keep and to open again

import { freshId, make, showText, write } from "../front/elements.js";
import { keepKeys } from "../front/keys.js";
import { withRows } from "../front/rows.js";
import { button } from "../front/wire/choice.js";
import { Details } from "../front/wire/details.js";
import { Dock } from "../front/wire/dock.js";
import { Files } from "../front/wire/files.js";
import { Filters } from "../front/wire/filters.js";
import { Ladder } from "../front/wire/ladder.js";
import { SavedTrace } from "../front/wire/saved_trace.js";
import { keyOf, ShownRows } from "../front/wire/shown_rows.js";
import { StatePicture } from "../front/wire/state_picture.js";
import { Timeline } from "../front/wire/timeline.js";

const KEPT_DETAILS = 50; // answers remembered, so that going back to a row is instant
const KERNEL_PATIENCE = 3000; // ms without an answer before the panel says that the kernel is silent
const EVERYTHING = { only: 0, sender: "", kinds: null, search: "" };

class WirePanel {
  constructor({ model, kernel, signal }, rows) {
    this.model = model;
    this.kernel = kernel;
    this.live = new ShownRows(model);
    this.shown = this.live; // or the rows of a saved trace, while one is open
    this.answers = new Map(); // key of a row -> its details
    this.ladder = new Ladder((entry) => this.choose(entry), (entry) => this.fold(entry),
      () => this.filter(EVERYTHING));
    this.timeline = new Timeline((entry) => this.choose(entry),
      (keys) => this.model.send({ kind: "times", view: this.files.id, rows: keys }));
    this.details = new Details(() => this.unchoose());
    this.life = new StatePicture(model.get("picture"));
    this.filters = new Filters((wanted) => this.filter(wanted), () => this.pause(), () => this.clear());
    this.files = new Files(model, () => this.kept(), (file) => this.open(file));
    this.build();
    this.restart();
    this.listen(rows, signal);
  }

  build() {
    this.state = make("span", { class: "state", role: "status" });
    this.counts = make("span", { class: "counts" });
    this.pictured = this.switch("Picture", () => this.picture());
    // Where there is little room, the tools are folded away behind this button.
    this.tools = this.switch("Tools", () => this.tools.setAttribute("aria-pressed",
      this.element.classList.toggle("with-tools")));
    this.tools.classList.add("tools-button");
    this.error = make("div", { class: "error", role: "alert" });
    this.title = make("h2", { id: freshId("name") });
    this.fileName = make("span", {});
    this.opened = make("p", { class: "opened", hidden: true }, this.fileName, " ",
      button("Close the saved trace", () => this.close()));
    this.split = make("div", { class: "split" }, this.ladder.element, this.timeline.element,
      this.details.element);
    this.element = make("div", { class: "chatlib-wire", role: "group", "aria-labelledby": this.title.id,
      onkeydown: keepKeys },
    make("div", { class: "bar" }, this.title, this.state, this.counts, this.pictured, this.tools),
    make("div", { class: "bar tools" }, this.filters.element, this.files.element),
    this.files.notice, this.error, this.opened, this.life.element, this.split);
    this.dock = new Dock(this.element);
    this.pictured.after(this.dock.button);
  }

  /** A button that stays pressed. */
  switch(text, onclick) {
    const element = button(text, onclick);
    element.setAttribute("aria-pressed", false);
    return element;
  }

  listen(rows, signal) {
    rows.addEventListener("rows", () => this.grown(), { signal });
    rows.addEventListener("reset", () => this.shown === this.live && this.restart(), { signal });
    this.model.on("msg:custom", (message, buffers) => this.told(message, buffers));
    this.kernel.addEventListener("change", () => this.showBar(), { signal });
    this.model.on("change:connections change:error change:mode", () => this.showBar());
    const sizes = new ResizeObserver(() => (this.timeline.on ? this.timeline.draw() : this.ladder.draw()));
    sizes.observe(this.split);
    sizes.observe(this.ladder.scroller);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      this.files.stop();
      this.filters.stop();
      clearTimeout(this.patience);
    });
  }

  told(message, buffers) {
    if (message.kind === "details") this.answered(message);
    else if (message.view !== this.files.id) return;
    else if (message.kind === "found") this.found(message);
    else if (message.kind === "times") this.timeline.answered(message.times);
    else this.files.told(message, buffers);
  }

  get isLive() {
    return this.shown.model.get("mode") === "live";
  }

  // ---- which rows are shown

  filter(wanted) {
    if (wanted.search !== undefined && wanted.search !== this.shown.search) this.search(wanted.search);
    Object.assign(this.shown, wanted);
    this.restart();
  }

  /** What the bytes hold, only the kernel can say; what the rows say is found at once. */
  search(text) {
    this.shown.found = new Set();
    if (text) this.model.send({ kind: "search", view: this.files.id, text });
  }

  found({ text, rows }) {
    if (text !== this.shown.search) return;
    this.shown.found = new Set(rows.map(([connection, number]) => keyOf({ connection, number })));
    this.restart();
  }

  restart() {
    this.shown.restart();
    this.ladder.show(this.shown.entries, this.isLive);
    if (this.timeline.on) this.timeline.show(this.shown.entries, this.isLive);
    this.showBar();
  }

  /** Show the rows as a picture, or as a list again. */
  picture() {
    this.timeline.element.hidden = this.timeline.on;
    this.ladder.element.hidden = this.timeline.on;
    this.pictured.setAttribute("aria-pressed", this.timeline.on);
    this.restart();
  }

  fold(entry) {
    this.shown.toggle(entry);
    const { scrollTop } = this.ladder.scroller;
    this.ladder.show(this.shown.entries, false);
    this.ladder.scroller.scrollTop = scrollTop;
  }

  clear() {
    this.shown.clear(this.shown.cleared > 0);
    this.restart();
  }

  /** While paused, the ladder stays as it is and new rows wait in the model. */
  pause() {
    this.shown.paused = !this.shown.paused;
    this.grown();
  }

  grown() {
    if (this.shown === this.live && !this.live.paused) {
      const { count, surplus } = this.live.take();
      this.ladder.grown(count, surplus);
      if (this.timeline.on) this.timeline.show(this.shown.entries, true);
      // Only the kernel knows whether the bytes of new rows hold what is searched.
      if (this.live.search && !this.asked) this.searchAgain();
    }
    this.showBar();
  }

  searchAgain() {
    this.asked = setTimeout(() => {
      this.asked = 0;
      if (this.live.search) this.model.send({ kind: "search", view: this.files.id, text: this.live.search });
    }, 500);
  }

  // ---- a saved trace has a view of its own

  open(file) {
    if (this.shown !== this.live) this.forget();
    this.unchoose();
    this.shown = new ShownRows(new SavedTrace(file));
    this.restart();
  }

  close() {
    this.forget();
    this.unchoose();
    this.shown = this.live;
    this.restart();
  }

  forget() {
    const connections = this.shown.model.get("connections").map(({ id }) => id);
    this.model.send({ kind: "close", connections });
    // Another connection may get one of these numbers.
    this.answers.clear();
    this.timeline.times = {};
  }

  /** The connections to be saved: the one that is shown, or all. */
  kept() {
    const all = this.shown.model.get("connections").map(({ id }) => id);
    return this.shown.only ? [this.shown.only] : all;
  }

  // ---- the bar above

  showBar() {
    const { shown } = this;
    const connections = shown.model.get("connections");
    this.element.classList.toggle("one", connections.length < 2 || shown.only > 0);
    this.element.classList.toggle("live", this.isLive);
    this.filters.offer(connections, shown.only);
    this.filters.show({ ...EVERYTHING, ...shown, live: this.isLive, waiting: shown.waiting() });
    this.showState(connections);
    this.showCounts();
    showText(this.error, this.model.get("error"));
    this.opened.hidden = shown === this.live;
    write(this.fileName, shown === this.live ? "" : `A saved trace: ${shown.model.name}`);
  }

  showCounts() {
    const { shown } = this;
    const stopped = shown.model.get("mode") === "stopped" ? " · stopped: no new row appears here" : "";
    const words = shown.words() + stopped;
    write(this.counts, words);
    this.ladder.setWords(`Everything that client and server sent, in order of time: ${words}`,
      shown.filtered ? "No row fits these filters."
        : shown.cleared ? "All rows were cleared away. New ones appear here."
          : "Nothing yet. A row appears here as soon as a client connects.", shown.filtered);
  }

  showState(connections) {
    const chosen = connections.find(({ id }) => id === this.shown.only)
      ?? (connections.length === 1 ? connections[0] : null);
    const open = connections.filter(({ state }) => state === "open").length;
    const several = connections.length ? `${open} of ${connections.length} open` : "no connection yet";
    this.state.dataset.state = this.kernel.has ? chosen?.state ?? "many" : "unknown";
    write(this.title, chosen ? `On the wire: ${chosen.name}` : "On the wire");
    write(this.state, this.kernel.has ? chosen?.state ?? several : "no kernel");
    this.life.show(this.kernel.has ? chosen ?? connections.at(-1) : null);
  }

  // ---- the chosen row

  choose(entry) {
    clearTimeout(this.patience);
    const { row } = entry;
    this.wanted = keyOf(row);
    this.split.classList.add("chosen");
    this.details.wait(entry);
    this.ladder.revealChosen();
    const known = this.answers.get(this.wanted);
    if (known) {
      this.details.show(known);
      return;
    }
    this.patience = setTimeout(() => this.details.silent(), KERNEL_PATIENCE);
    this.model.send({ kind: "details", connection: row.connection, number: row.number });
  }

  unchoose() {
    clearTimeout(this.patience);
    this.wanted = "";
    this.split.classList.remove("chosen");
    this.details.element.hidden = true;
    this.ladder.unselect();
  }

  answered(details) {
    this.answers.set(keyOf(details), details);
    if (this.answers.size > KEPT_DETAILS) this.answers.delete(this.answers.keys().next().value);
    if (keyOf(details) !== this.wanted) return;
    clearTimeout(this.patience);
    this.details.show(details);
  }
}

export default withRows((context, rows) => {
  const { dock, element } = new WirePanel(context, rows);
  context.el.append(dock.place, element);
});
