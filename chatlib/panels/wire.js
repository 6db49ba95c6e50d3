// The wire panel in the browser: draws the ladder, and the row that the reader chose.
//
// Python decides what is shown and in which words; this file only draws it. Every text is set
// with textContent, so nothing that came over the wire can become markup.
//
//   Ladder                            the table of rows; only those near the visible part are drawn
//   Details                           the chosen row, made of four forms that light each other:
//     Drawing, Bits, HexDump, Fields  as RFC 6455 draws it, bit by bit, in hex, in words
//   StatePicture                      a connection's life, and where it is now
//   Panel                             ties them together: filters, pause, files

const OVERSCAN = 40; // rows drawn above and below the visible part of the ladder
const KEPT_DETAILS = 50; // answers remembered, so that going back to a row is instant
const WIDE = 1100; // px from which a line of the hex dump holds 16 bytes instead of 8
const PATIENCE = 3000; // ms without an answer before the panel says that the kernel is silent
const SILENT = "No answer from the kernel. It is busy with a cell, or it is not running.";
const LARGEST_FILE = 8e6; // bytes; Jupyter's own WebSocket takes messages of 10 MiB
const LINE = 32; // bits in a line of RFC 6455's drawing of a frame
const PAYLOAD_LINES = 3; // lines of that drawing in which a payload is shown
const SVG = "http://www.w3.org/2000/svg";
const ARROW = { client: "client → server", server: "server → client" };
const GLYPH = {
  handshake: "◇", text: "≡", binary: "▦", continuation: "⋯", ping: "▲", pong: "▽",
  close: "■", end: "┤", body: "▤", other: "?",
};
const DIRECTIONS = [["", "both"], ...Object.entries(ARROW)];
// What the filter of kinds offers: a word, and the kinds of rows that it lets through.
const KINDS = [["all", null], ...Object.keys(GLYPH).map((kind) => [kind, [kind]]),
  ["data frames", ["text", "binary", "continuation"]], ["control frames", ["ping", "pong", "close"]]];

// ---------------------------------------------------------------- small helpers

/** Give an element properties and children. A property that is not known here is an attribute. */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const make = (tag, properties = {}, ...children) =>
  fill(document.createElement(tag), properties, children);
const draw = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);
const button = (text, onclick) => make("button", { class: "button", type: "button", text, onclick });

/** A select with its label before it. */
function choice(label, entries, onchange) {
  const select = make("select", { onchange: () => onchange(select.value) });
  const element = make("label", { class: "choice" }, make("span", { text: label }), select);
  const offer = (pairs) => select.replaceChildren(
    ...pairs.map(([value, text]) => make("option", { value, text })));
  offer(entries);
  return { element, select, offer };
}

/** Let the browser save a file. */
function download(name, type, data) {
  const url = URL.createObjectURL(new Blob([data], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const keyOf = (row) => `${row.connection}:${row.number}`;
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
// Random, because each panel has a copy of this module of its own, and they share one page.
const freshId = (what) => `chatlib-wire-${what}-${Math.random().toString(36).slice(2)}`;

/** A short label told apart by its word, its sign, its shape and its colour. */
function chip(kind, word) {
  return make("span", { class: `chip kind-${kind}` },
    make("span", { class: "glyph", "aria-hidden": "true", text: GLYPH[kind] ?? GLYPH.other }),
    make("span", { text: word }));
}

/** Notebook shortcuts stay out of the panel; the application's own (Ctrl+S, …) still work. */
function keepKeys(event) {
  const application = (event.ctrlKey || event.metaKey) && /^[a-z]$/i.test(event.key);
  if (!application) event.stopPropagation();
}

/** Move within a list by arrow keys; returns the new index, or null for another key. */
function step(event, index, count, page = 10) {
  const moves = {
    ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page,
    Home: 0, End: count - 1,
  };
  if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return null;
  event.preventDefault();
  return Math.max(0, Math.min(count - 1, moves[event.key]));
}

/**
 * Tell what the pointer points at, each time that changes: the number in the nearest `data-NAME`,
 * or null. A page that scrolls under a resting pointer changes nothing: the keyboard leads then.
 */
function pointing(element, name, onPoint) {
  let last = null;
  const point = (index) => {
    if (index !== last) onPoint(index);
    last = index;
  };
  const at = (event) => {
    const found = event.target.closest(`[data-${name}]`);
    if (event.type === "pointerdown" || event.movementX || event.movementY) {
      point(found && Number(found.dataset[name]));
    }
  };
  element.addEventListener("pointermove", at);
  element.addEventListener("pointerdown", at);
  element.addEventListener("pointerleave", () => point(null));
}

// ---------------------------------------------------------------- the model's rows

/** Keep new rows in the model itself, so that all its views and a saved notebook have them. */
function takeRows(model, { first, rows }) {
  const kept = model.get("rows");
  const have = model.get("dropped") + kept.length;
  if (first > have) {
    model.send({ kind: "rows" });
    return;
  }
  kept.push(...rows.slice(have - first));
  const surplus = Math.max(0, kept.length - model.get("cap"));
  kept.splice(0, surplus);
  if (surplus) model.set("dropped", model.get("dropped") + surplus);
}

// ---------------------------------------------------------------- the ladder

/** A table of which only the rows near the visible part are in the page. */
class Ladder {
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.shown = [];
    this.drawn = new Map(); // index -> <tr>
    this.chosen = ""; // key of the chosen row, also while a filter hides it
    this.selected = -1; // its index in `shown`
    this.following = true;
    this.unseen = 0;
    this.rowHeight = 28;
    this.build();
  }

  build() {
    const heads = ["No.", "Time (ms)", "Connection", "Client and server", "Direction",
      "Bytes", "Chunk", "What it holds", "Caused by"];
    const classes = ["no", "ms", "name", "rung", "way", "size", "chunk", "preview", "cause"];
    this.caption = make("caption", { class: "unseen" });
    this.above = make("tr", { "aria-hidden": "true", class: "space" }, make("td"));
    this.below = make("tr", { "aria-hidden": "true", class: "space" }, make("td"));
    this.body = make("tbody", {}, this.above, this.below);
    const head = make("tr", { "aria-rowindex": 1 }, ...heads.map((text, index) =>
      make("th", { scope: "col", class: classes[index] }, this.headText(classes[index], text))));
    this.table = make("table", { class: "ladder" }, this.caption, make("thead", {}, head), this.body);
    this.scroller = make("div", { class: "scroller", tabindex: -1, role: "group",
      "aria-label": "Ladder" }, this.table);
    this.empty = make("p", { class: "empty" });
    this.more = make("button", { class: "more", type: "button", hidden: true,
      onclick: () => this.toBottom() });
    this.element = make("div", { class: "ladder-box" }, this.scroller, this.empty, this.more);
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
  }

  headText(name, text) {
    if (name !== "rung") return text;
    return make("span", { class: "sides" }, make("span", { text: "Client" }),
      make("span", { class: "unseen", text: " and " }), make("span", { text: "Server" }));
  }

  /** Show other rows. The chosen row stays chosen if it is among them. */
  show(rows) {
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.shown = rows;
    this.selected = rows.findIndex((row) => keyOf(row) === this.chosen);
    this.unseen = 0;
    this.following = this.selected < 0;
    this.draw();
    if (this.selected < 0) return;
    this.reveal(this.selected);
    this.draw();
  }

  setWords(caption, empty) {
    this.caption.textContent = caption;
    this.empty.textContent = empty;
  }

  /** Rows were added at the end of `shown`, and `surplus` forgotten at its start. */
  grown(count, surplus) {
    if (surplus) this.shift(surplus);
    if (!this.following) this.unseen += count;
    this.draw();
  }

  shift(surplus) {
    const drawn = [...this.drawn];
    this.drawn.clear();
    for (const [index, row] of drawn) {
      if (index < surplus) row.remove();
      else this.drawn.set(index - surplus, row);
    }
    this.selected = Math.max(-1, this.selected - surplus);
    if (!this.following) this.scroller.scrollTop -= surplus * this.rowHeight;
  }

  draw() {
    const count = this.shown.length;
    this.empty.hidden = count > 0;
    this.table.setAttribute("aria-rowcount", count + 1);
    const height = this.scroller.clientHeight || 320;
    const top = this.following ? count * this.rowHeight - height : this.scroller.scrollTop;
    const first = Math.max(0, Math.floor(top / this.rowHeight) - OVERSCAN);
    const last = Math.min(count, Math.ceil((top + height) / this.rowHeight) + OVERSCAN);
    this.place(first, last);
    // The arrow keys work on the scroller itself while the row that Tab stops at is not drawn.
    this.scroller.tabIndex = count && !this.body.querySelector('button[tabindex="0"]') ? 0 : -1;
    this.above.firstChild.style.height = `${first * this.rowHeight}px`;
    this.below.firstChild.style.height = `${(count - last) * this.rowHeight}px`;
    this.measure();
    if (this.following) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.more.hidden = this.unseen === 0;
    this.more.textContent = `${this.unseen.toLocaleString("en")} new ↓`;
  }

  place(first, last) {
    for (const [index, row] of this.drawn) {
      if (index >= first && index < last) continue;
      if (row.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
      row.remove();
      this.drawn.delete(index);
    }
    let before = this.below;
    for (let index = last - 1; index >= first; index--) {
      let row = this.drawn.get(index);
      if (!row) {
        row = this.row(this.shown[index]);
        this.drawn.set(index, row);
        this.body.insertBefore(row, before);
      }
      this.mark(row, index);
      before = row;
    }
  }

  measure() {
    const sample = this.drawn.values().next().value;
    const height = sample ? sample.getBoundingClientRect().height : 0;
    if (!height || Math.abs(height - this.rowHeight) < 0.01) return;
    this.rowHeight = height;
    this.draw();
  }

  mark(row, index) {
    const chosen = index === this.selected;
    const stop = chosen || (this.selected < 0 && index === this.shown.length - 1);
    row.dataset.index = index;
    row.setAttribute("aria-rowindex", index + 2);
    row.classList.toggle("chosen", chosen);
    const pick = row.querySelector("button");
    pick.setAttribute("aria-pressed", chosen);
    pick.tabIndex = stop ? 0 : -1;
  }

  row(data) {
    if (data.cause) this.table.classList.add("caused");
    const side = data.sender === "client" ? "from-client" : "from-server";
    const cell = (name, text, title) => make("td", { class: name, text, title });
    const pick = make("button", { type: "button", class: "pick",
      "aria-label": `${data.name}, ${ARROW[data.sender]}, show details` }, chip(data.kind, data.name));
    const rung = make("td", { class: "rung" }, make("div", { class: `line ${side}` }, pick));
    const preview = make("td", { class: "preview", title: data.problem ?? data.preview });
    if (data.problem) preview.append(make("span", { class: "chip kind-problem" },
      make("span", { class: "glyph", "aria-hidden": "true", text: "!" }), "problem"), " ");
    preview.append(data.problem ?? data.preview);
    const marks = [side, data.again && "again", data.problem && "broken", data.size || "chunkless"];
    return make("tr", { class: marks.filter((mark) => typeof mark === "string").join(" ") },
      cell("no", data.number), cell("ms", data.ms.toFixed(1)), cell("name", data.label),
      rung, cell("way", ARROW[data.sender]), cell("size", data.size.toLocaleString("en")),
      cell("chunk", data.chunk, `chunk ${data.chunk}`), preview,
      cell("cause", data.cause ?? "", data.cause));
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < 8;
    if (this.following) this.unseen = 0;
    cancelAnimationFrame(this.pending);
    this.pending = requestAnimationFrame(() => this.draw());
  }

  toBottom() {
    this.following = true;
    this.unseen = 0;
    this.draw();
    this.scroller.focus({ preventScroll: true });
  }

  click(event) {
    const row = event.target.closest("tr[data-index]");
    if (row) this.select(Number(row.dataset.index));
  }

  key(event) {
    const index = this.selected < 0 ? this.shown.length : this.selected;
    const next = this.shown.length ? step(event, index, this.shown.length) : null;
    if (next !== null) this.select(next);
  }

  select(index) {
    this.selected = index;
    this.chosen = keyOf(this.shown[index]);
    this.reveal(index);
    this.draw();
    this.drawn.get(index)?.querySelector("button").focus({ preventScroll: true });
    this.onSelect(this.shown[index]);
  }

  reveal(index) {
    const top = index * this.rowHeight;
    const head = this.table.tHead.offsetHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.rowHeight + head > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + this.rowHeight + head - clientHeight;
    }
    this.following = index === this.shown.length - 1;
  }
}

// ---------------------------------------------------------------- details of one row

/** The hex dump. Bytes and fields light each other. */
class HexDump {
  constructor(details, perLine, onByte) {
    this.perLine = perLine;
    this.onByte = onByte;
    this.cells = [];
    this.cursor = -1;
    this.marks = new Map(details.chunks.map((chunk) => [chunk.first, chunk.number]));
    const bytes = details.hex.match(/../g) ?? [];
    this.element = make("div", { class: `hex of-${perLine}`, tabindex: 0, role: "group",
      "aria-label": "Bytes in hexadecimal. Arrow keys go from byte to byte." });
    for (let start = 0; start < bytes.length; start += perLine) {
      this.element.append(this.line(bytes.slice(start, start + perLine), start));
    }
    pointing(this.element, "byte", onByte);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("blur", () => this.moveTo(-1));
  }

  line(bytes, start) {
    const hex = make("span", { class: "octets" });
    const letters = make("span", { class: "letters", "aria-hidden": "true" });
    bytes.forEach((byte, offset) => {
      const index = start + offset;
      const code = parseInt(byte, 16);
      const chunk = this.marks.get(index);
      const cut = chunk !== undefined && index > 0;
      const octet = make("span", { class: cut ? "byte cut" : "byte", "data-byte": index,
        text: byte, title: cut ? `chunk ${chunk} begins here` : undefined });
      const letter = make("span", { class: "byte", "data-byte": index,
        text: code >= 32 && code < 127 ? String.fromCharCode(code) : "·" });
      this.cells[index] = [octet, letter];
      hex.append(octet);
      letters.append(letter);
    });
    const offset = start.toString(16).padStart(4, "0");
    return make("div", { class: "hexline" }, make("span", { class: "offset", text: offset }), hex, letters);
  }

  light(span) {
    for (const cell of this.element.querySelectorAll(".lit")) cell.classList.remove("lit");
    if (!span) return;
    for (const pair of this.cells.slice(span[0], span[1])) {
      for (const cell of pair) cell.classList.add("lit");
    }
  }

  key(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.perLine, ArrowUp: -this.perLine }[event.key];
    if (!move || !this.cells.length) return;
    event.preventDefault();
    const next = this.cursor < 0 ? 0 : this.cursor + move;
    if (next >= 0 && next < this.cells.length) this.moveTo(next);
  }

  moveTo(index) {
    this.cells[this.cursor]?.[0].classList.remove("cursor");
    this.cursor = index;
    this.cells[index]?.[0].classList.add("cursor");
    this.cells[index]?.[0].scrollIntoView({ block: "nearest" });
    this.onByte(index < 0 ? null : index);
  }
}

/** The first two bytes of a frame, bit by bit: where the short fields live. */
class Bits {
  constructor(hex) {
    this.cells = [];
    this.element = make("div", { class: "bits", "aria-hidden": "true" });
    for (const [index, byte] of (hex.slice(0, 4).match(/../g) ?? []).entries()) {
      const bits = parseInt(byte, 16).toString(2).padStart(8, "0");
      this.element.append(make("span", { class: "bits-name", text: `byte ${index}` }),
        make("span", { class: "octet" }, ...[...bits].map((bit) => this.cell(bit))));
    }
  }

  cell(bit) {
    const element = make("span", { class: "bit", text: bit });
    this.cells.push(element);
    return element;
  }

  light(span) {
    this.cells.forEach((cell, index) =>
      cell.classList.toggle("lit", Boolean(span) && index >= span[0] && index < span[1]));
  }
}

/** The frame as RFC 6455 §5.2 draws it: 32 bits a line; a field of several lines has several boxes. */
class Drawing {
  constructor(details, onField, onChoose) {
    this.bytes = details.hex.match(/../g) ?? [];
    this.boxes = details.fields.flatMap((field, index) => this.field(field, index));
    const numbers = Array.from({ length: LINE }, (_, bit) => make("span", { class: "number", text: bit }));
    const label = "The frame, drawn bit by bit. The table of its fields says the same in words.";
    this.grid = make("div", { class: "drawing", role: "img", "aria-label": label },
      ...numbers, ...this.boxes);
    this.element = make("div", { class: "drawing-box" },
      make("div", { class: "drawing-scroller", tabindex: 0, role: "group", "aria-label": "Drawing of the frame" },
        this.grid), details.absent ? make("p", { class: "note", text: details.absent }) : null);
    pointing(this.grid, "field", onField);
    this.grid.addEventListener("click", (event) => onChoose(event.target.closest("[data-field]")));
  }

  /** The boxes of one field: one for each line in which it stands. */
  field(field, index) {
    const [first, past] = field.bits;
    const end = Math.min(past, (Math.floor(first / LINE) + PAYLOAD_LINES) * LINE);
    const boxes = [];
    for (let bit = first; bit < end; bit = (Math.floor(bit / LINE) + 1) * LINE) {
      boxes.push(this.box(field, index, bit, Math.min(end, (Math.floor(bit / LINE) + 1) * LINE)));
    }
    if (end < past) boxes.push(this.rest(field, index, end, (past - end) / 8));
    return boxes;
  }

  box(field, index, first, past) {
    const wide = field.bits[1] - field.bits[0] >= 8;
    const again = first > field.bits[0];
    const value = wide ? this.bytes.slice(first / 8, past / 8).join(" ") : field.short;
    const name = field.name + (again ? " (continued)" : wide && field.short ? ` = ${field.short}` : "");
    const element = make("div", { class: past - first === 1 ? "box thin" : "box", "data-field": index },
      make("span", { class: "box-name", text: name }), make("span", { class: "box-value", text: value }));
    return this.place(element, first, past);
  }

  rest(field, index, first, count) {
    const element = make("div", { class: "box rest", "data-field": index,
      text: `${field.name}: ${plural(count, "more byte")}` });
    return this.place(element, first, first + LINE);
  }

  place(element, first, past) {
    const column = (first % LINE) + 1;
    element.style.gridColumn = `${column} / ${column + past - first}`;
    element.style.gridRow = String(Math.floor(first / LINE) + 2);
    return element;
  }

  light(index) {
    for (const box of this.boxes) box.classList.toggle("lit", Number(box.dataset.field) === index);
  }
}

/** The named fields (or header lines) beside the bytes. */
class Fields {
  constructor(details, onField) {
    this.fields = details.fields;
    this.onField = onField;
    const [caption, ...heads] = details.fieldHeads;
    this.ids = this.fields.map(() => freshId("meaning"));
    this.buttons = this.fields.map((field, index) => make("button", { type: "button",
      class: "field", tabindex: index ? -1 : 0, text: field.name, "aria-describedby": this.ids[index],
      onfocus: () => this.choose(index), onblur: () => onField(null) }));
    this.rows = this.fields.map((field, index) => this.row(field, index));
    this.element = make("table", { class: "fields", onkeydown: (event) => this.key(event) },
      make("caption", { text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...this.rows));
    pointing(this.element, "field", onField);
  }

  row(field, index) {
    return make("tr", { "data-field": index, onclick: () => this.buttons[index].focus() },
      make("th", { scope: "row" }, this.buttons[index],
        ...[field.span, field.section].map((text) => make("div", { class: "where", text }))),
      make("td", { class: "value", text: field.value }),
      make("td", { id: this.ids[index] }, make("div", { text: field.meaning }),
        make("div", {}, make("span", { class: "why", text: "Why here: " }), field.why)));
  }

  choose(index) {
    this.buttons.forEach((button, other) => { button.tabIndex = other === index ? 0 : -1; });
    this.onField(index);
  }

  key(event) {
    const next = step(event, this.buttons.indexOf(event.target), this.buttons.length);
    if (next !== null) this.buttons[next].focus();
  }

  focused() {
    return this.buttons.indexOf(document.activeElement);
  }

  /** The field that holds byte `index`; of several, the one with most of it. */
  at(index) {
    if (index === null) return -1;
    const overlap = ({ bits: [first, past] }) => Math.min(past, index * 8 + 8) - Math.max(first, index * 8);
    const sizes = this.fields.map(overlap);
    const best = Math.max(...sizes, 0);
    return best > 0 ? sizes.indexOf(best) : -1;
  }

  light(index) {
    this.rows.forEach((row, other) => row.classList.toggle("lit", other === index));
  }
}

/** Everything about the chosen row. */
class Details {
  constructor() {
    this.title = make("h3", { id: freshId("title"), text: "Choose a row to see its bytes." });
    this.content = make("div", { class: "details-content" });
    this.drawn = true; // whether the drawing of a frame is unfolded; stays so from row to row
    this.spoken = make("div", { class: "unseen", role: "status", "aria-live": "polite" });
    this.element = make("div", { class: "details", role: "group", "aria-labelledby": this.title.id },
      this.title, this.content, this.spoken);
  }

  wait(row) {
    this.title.textContent = `Row ${row.number}: ${row.name}`;
    this.content.classList.add("waiting");
  }

  silent() {
    this.content.classList.remove("waiting");
    this.content.replaceChildren(make("p", { role: "alert", class: "note",
      text: `${SILENT} The rows above are what the panel last knew.` }));
  }

  show(details) {
    this.content.classList.remove("waiting");
    this.title.textContent = details.title;
    this.spoken.textContent = `Details of ${details.title}`;
    this.content.replaceChildren(
      this.facts(details.facts), ...details.problems.map((problem) => this.problem(problem)),
      ...this.bytes(details), ...details.tables.map((table) => this.table(table)));
  }

  facts(facts) {
    return make("dl", { class: "facts" }, ...facts.map(([name, value]) =>
      make("div", {}, make("dt", { text: name }), make("dd", { text: value }))));
  }

  problem({ title, rule, where }) {
    return make("p", { class: "problem" }, make("span", { class: "chip kind-problem" },
      make("span", { class: "glyph", "aria-hidden": "true", text: "!" }), title), " ",
      make("span", { text: rule }), " ", make("span", { class: "section", text: where }));
  }

  /** Drawing, bits, bytes and fields: four forms of the same, which light each other. */
  bytes(details) {
    if (!details.hex) return [];
    const fields = new Fields(details, (index) => light(index ?? fields.focused()));
    const perLine = this.element.clientWidth < WIDE ? 8 : 16;
    const hex = new HexDump(details, perLine, (index) => lightByte(index));
    const bits = details.frame ? new Bits(details.hex) : null;
    const drawing = details.frame ? new Drawing(details, (index) => light(index ?? fields.focused()),
      (box) => fields.buttons[box?.dataset.field]?.focus()) : null;
    const say = (index) => {
      const field = fields.fields[fields.at(index)];
      this.spoken.textContent = `byte ${index}, hex ${hex.cells[index][0].textContent}` +
        (field ? `, ${field.name}: ${field.meaning}` : "");
    };
    const light = (index) => {
      const field = fields.fields[index];
      for (const form of [fields, drawing]) form?.light(index);
      hex.light(field && [Math.floor(field.bits[0] / 8), Math.ceil(field.bits[1] / 8)]);
      bits?.light(field?.bits);
    };
    const lightByte = (index) => {
      light(index === null ? fields.focused() : fields.at(index));
      if (index !== null && hex.cursor === index) say(index);
    };
    const left = make("div", { class: "bytes" }, make("h4", { text: details.hexTitle }),
      bits?.element, hex.element, ...details.notes.map((text) => make("p", { class: "note", text })));
    const beside = make("div", { class: "beside" }, left, fields.fields.length
      ? make("div", { class: "fields-box" }, fields.element) : null);
    return drawing ? [this.fold(drawing.element), beside] : [beside];
  }

  fold(drawing) {
    const toggled = (event) => { this.drawn = event.target.open; };
    return make("details", { class: "fold", open: this.drawn, ontoggle: toggled },
      make("summary", { text: "The frame, as RFC 6455 §5.2 draws it" }), drawing);
  }

  table({ caption, heads, rows }) {
    return make("table", { class: "plain" }, make("caption", { text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows.map(([name, ...cells]) => make("tr", {},
        make("th", { scope: "row", text: name }), ...cells.map((text) => make("td", { text }))))));
  }
}

// ---------------------------------------------------------------- a connection's life

const SLOT = 200; // px from the middle of one state to the middle of the next
const BOX = { width: 104, height: 40 };
const LANE = 30; // px between two ways that pass over other states
const MARGIN = 62;

/** The states, and the ways between them, as Python's table of transitions gives them. */
class StatePicture {
  constructor({ states, ways }) {
    this.states = states;
    this.ways = ways;
    this.boxes = new Map(); // state -> its <g>
    this.arrows = []; // { from, element }
    const links = this.links();
    const far = { above: links.filter((link) => link.side === "above").length,
      below: links.filter((link) => link.side === "below").length };
    this.middle = 8 + (far.above ? 38 + LANE * (far.above - 1) + 20 : 24) + BOX.height / 2;
    const height = this.middle + BOX.height / 2 + (far.below ? 38 + LANE * (far.below - 1) : 0) + 14;
    const width = 2 * MARGIN + SLOT * (states.length - 1);
    this.svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": this.inWords() },
      ...links.map((link) => this.arrow(link)), ...states.map((state, index) => this.box(state, index)));
    this.caption = make("figcaption", {});
    this.element = make("details", { class: "fold life" },
      make("summary", { text: `A connection's life: ${states.join(" → ")}` }),
      make("figure", {}, make("div", { class: "picture", tabindex: 0, role: "group",
        "aria-label": "State picture" }, this.svg), this.caption));
  }

  /** The ways, those with the same ends as one; long ones get a lane above or below the boxes. */
  links() {
    const found = new Map();
    for (const { from, to, signal } of this.ways) {
      const key = `${from} ${to}`;
      const link = found.get(key) ?? { from, to, signals: [] };
      found.set(key, link);
      link.signals.push(signal);
      link.span = this.states.indexOf(to) - this.states.indexOf(from);
    }
    const lanes = { above: 0, below: 0 };
    const links = [...found.values()].sort((one, other) => one.span - other.span);
    for (const link of links.filter(({ span }) => span > 1)) {
      link.side = lanes.above <= lanes.below ? "above" : "below";
      link.lane = lanes[link.side]++;
    }
    return links;
  }

  inWords() {
    const sentences = this.ways.map(({ from, to, signal, words }) =>
      `From ${from} to ${to}: ${signal}, ${words}.`);
    return `The states of a connection. ${sentences.join(" ")}`;
  }

  x(state) {
    return MARGIN + SLOT * this.states.indexOf(state);
  }

  box(state) {
    const [x, y] = [this.x(state), this.middle];
    const group = draw("g", { class: "life-state" },
      draw("rect", { x: x - BOX.width / 2, y: y - BOX.height / 2, ...BOX, rx: 6 }),
      draw("text", { class: "life-name", x, y: y + 4, text: state }),
      draw("text", { class: "life-now", x, y: y + 14, text: "● now" }));
    this.boxes.set(state, group);
    return group;
  }

  arrow(link) {
    const element = draw("g", { class: "life-way" }, ...(link.side ? this.around(link) : this.straight(link)));
    this.arrows.push({ from: link.from, element });
    return element;
  }

  straight({ from, to, signals }) {
    const [start, end, y] = [this.x(from) + BOX.width / 2, this.x(to) - BOX.width / 2, this.middle];
    return [draw("path", { d: `M${start} ${y}H${end - 2}` }),
      draw("path", { class: "head", d: `M${end} ${y}l-9 -5v10z` }),
      ...signals.map((signal, index) => draw("text", { x: (start + end) / 2,
        y: y - 8 - 15 * (signals.length - 1 - index), text: signal }))];
  }

  around({ from, to, signals, side, lane }) {
    const up = side === "above" ? -1 : 1;
    const edge = this.middle + up * BOX.height / 2;
    const y = edge + up * (38 + LANE * lane - 8);
    const [start, end] = [this.x(from) + 16 - 32 * lane, this.x(to) - 16 + 32 * lane];
    return [draw("path", { d: `M${start} ${edge}V${y}H${end}V${edge + 2 * up}` }),
      draw("path", { class: "head", d: `M${end} ${edge}l-5 ${9 * up}h10z` }),
      draw("text", { x: (start + end) / 2, y: side === "above" ? y - 5 : y + 14,
        text: signals.join(" or ") })];
  }

  /** Light the state of a connection, and the ways that lead on from it. */
  show(connection) {
    const state = connection?.state;
    for (const [name, group] of this.boxes) group.classList.toggle("now", name === state);
    for (const { from, element } of this.arrows) element.classList.toggle("next", from === state);
    const text = connection ? `${connection.name} is ${state}. ${this.next(state)}` : "There is no connection yet.";
    if (this.caption.textContent !== text) this.caption.textContent = text;
  }

  next(state) {
    const ways = this.ways.filter(({ from }) => from === state);
    if (!ways.length) return "No way leads on from here.";
    const words = ways.map(({ to, signal, words }) => `${signal} → ${to} (${words})`);
    return `What can happen next: ${words.join("; ")}.`;
  }
}

// ---------------------------------------------------------------- the panel

/** Ties the model's rows, the ladder and the details together for one view. */
class Panel {
  constructor(model) {
    this.model = model;
    this.id = freshId("view"); // tells Python's answers to this view from those to others
    this.only = 0; // number of the connection shown; 0 for all
    this.sender = ""; // whose rows are shown; "" for both sides
    this.kinds = null; // the kinds of rows that are shown; null for all
    this.paused = false;
    this.answers = new Map(); // key of a row -> its details
    this.ladder = new Ladder((row) => this.choose(row));
    this.details = new Details();
    this.life = new StatePicture(model.get("picture"));
    this.build();
    this.restart();
    this.listen();
  }

  build() {
    this.state = make("span", { class: "state", role: "status" });
    this.counts = make("span", { class: "counts" });
    this.notice = make("p", { class: "notice", role: "status", hidden: true });
    this.error = make("div", { class: "error", role: "alert" });
    const title = make("h2", { id: freshId("name"), text: "On the wire" });
    this.element = make("div", { class: "chatlib-wire", role: "group", "aria-labelledby": title.id,
      onkeydown: keepKeys },
      make("div", { class: "bar" }, title, this.state, this.counts, this.filters(), this.keeping()),
      this.notice, this.error, this.life.element, this.ladder.element, this.details.element);
  }

  filters() {
    this.connection = choice("Connection", [[0, "all"]], (value) => this.filter({ only: Number(value) }));
    const direction = choice("Direction", DIRECTIONS, (sender) => this.filter({ sender }));
    const kind = choice("Kind", KINDS.map(([word], index) => [index, word]),
      (index) => this.filter({ kinds: KINDS[index][1] }));
    this.pause = button("Pause", () => this.hold(!this.paused));
    return make("div", { class: "group", role: "group", "aria-label": "Which rows are shown" },
      this.connection.element, direction.element, kind.element, this.pause);
  }

  keeping() {
    const file = make("input", { type: "file", accept: ".json,application/json", hidden: true,
      onchange: () => this.open(file) });
    return make("div", { class: "group", role: "group", "aria-label": "Keep what was recorded" },
      button("Save as JSON", () => this.keep("json")),
      button("Open a saved trace…", () => file.click()), file,
      button("Export for Wireshark (pcapng)", () => this.keep("pcapng")));
  }

  listen() {
    this.model.on("msg:custom", (message, buffers) => this.receive(message, buffers));
    this.model.on("change:rows", () => this.restart());
    this.model.on("change:connections", () => this.bar());
    this.model.on("change:error", () => this.bar());
    this.sizes = new ResizeObserver(() => this.ladder.draw());
    this.sizes.observe(this.ladder.scroller);
  }

  stop() {
    this.sizes.disconnect();
    clearTimeout(this.patience);
    clearTimeout(this.filePatience);
  }

  receive(message, buffers) {
    if (message.kind === "rows") this.grown();
    if (message.kind === "details") this.answered(message);
    if (message.view === this.id) this.told(message, buffers);
  }

  // ---- which rows are shown

  fits(row) {
    return (!this.only || row.connection === this.only) && (!this.sender || row.sender === this.sender) &&
      (!this.kinds || this.kinds.includes(row.kind));
  }

  matching(rows) {
    return rows.filter((row) => this.fits(row));
  }

  filter(wanted) {
    Object.assign(this, wanted);
    this.restart();
  }

  restart() {
    if (!this.paused) this.remember();
    this.ladder.show(this.matching(this.known()));
    this.bar();
  }

  /** How far into the log this view has come. */
  remember() {
    this.dropped = this.model.get("dropped");
    this.total = this.model.get("rows").length;
    this.end = this.dropped + this.total;
  }

  /** The index in the model's rows from which on rows are new to this view. */
  fresh() {
    return Math.max(0, this.end - this.model.get("dropped"));
  }

  known() {
    return this.model.get("rows").slice(0, this.fresh());
  }

  /** While paused, the ladder stays as it is and new rows wait in the model. */
  hold(paused) {
    this.paused = paused;
    this.grown();
  }

  grown() {
    if (!this.paused) this.take();
    this.bar();
  }

  take() {
    const rows = this.model.get("rows");
    const fresh = this.matching(rows.slice(this.fresh()));
    const { shown } = this.ladder;
    shown.push(...fresh);
    const surplus = this.model.get("dropped") === this.dropped ? 0 : shown.length - this.matching(rows).length;
    shown.splice(0, surplus);
    this.ladder.grown(fresh.length, surplus);
    this.remember();
  }

  // ---- the bar above

  bar() {
    const connections = this.model.get("connections");
    this.element.classList.toggle("one", connections.length < 2 || this.only > 0);
    this.options(connections);
    this.showState(connections);
    this.showCounts();
    this.error.textContent = this.model.get("error");
    this.error.hidden = !this.model.get("error");
  }

  showCounts() {
    const shown = this.ladder.shown.length;
    const { total } = this;
    const gone = plural(this.dropped, "row");
    const older = this.dropped ? ` (older ones are no longer kept: ${gone})` : "";
    const text = shown === total ? plural(total, "row")
      : `${shown.toLocaleString("en")} of ${plural(total, "row")} shown`;
    this.counts.textContent = text + older;
    this.ladder.setWords(`Everything that client and server sent, in order of time: ${text}${older}`,
      total ? "No row fits these filters." : "Nothing yet. A row appears here as soon as a client connects.");
    this.showPause();
  }

  showPause() {
    const waiting = this.paused ? this.matching(this.model.get("rows").slice(this.fresh())).length : 0;
    this.pause.textContent = this.paused ? `Go on (${plural(waiting, "new row")})` : "Pause";
  }

  showState(connections) {
    const chosen = connections.find(({ id }) => id === this.only) ??
      (connections.length === 1 ? connections[0] : null);
    const open = connections.filter(({ state }) => state === "open").length;
    const text = chosen?.state ?? (connections.length ? `${open} of ${connections.length} open` : "no connection yet");
    this.state.dataset.state = chosen?.state ?? "many";
    if (this.state.textContent !== text) this.state.textContent = text;
    this.life.show(chosen ?? connections.at(-1));
  }

  options(connections) {
    const entries = [[0, "all"], ...connections.map(({ id, name, state, file }) =>
      [id, `${name} (${state})${file ? `, from ${file}` : ""}`])];
    const text = JSON.stringify(entries);
    this.connection.element.hidden = connections.length < 2;
    if (text === this.optionText) return;
    this.optionText = text;
    this.connection.offer(entries);
    this.connection.select.value = String(this.only);
  }

  // ---- files

  keep(form) {
    this.ask({ kind: "keep", form, connection: this.only });
  }

  async open(input) {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (!file) return;
    if (file.size > LARGEST_FILE) {
      const cell = `show_wire(*Trace.load_all("${file.name}"))`;
      this.say(`${file.name} is too big to be opened here. Open it in a cell: ${cell}.`, true);
    } else {
      this.ask({ kind: "open", name: file.name, text: await file.text() });
    }
  }

  ask(question) {
    clearTimeout(this.filePatience);
    this.filePatience = setTimeout(() => this.say(SILENT, true), PATIENCE);
    this.model.send({ ...question, view: this.id });
  }

  told({ kind, name, type, text, problem, connections }, buffers) {
    clearTimeout(this.filePatience);
    if (kind === "file") download(name, type, buffers[0]);
    this.say(kind === "file" ? `Saved as ${name}, where your browser keeps its downloads.` : text, problem);
    if (connections?.length) this.showOpened(connections);
  }

  /** Rows of a file come at the end, so that none may wait or be hidden by the connection's filter. */
  showOpened(connections) {
    this.paused = false;
    this.only = connections.length === 1 ? connections[0] : 0;
    this.connection.select.value = String(this.only);
    this.restart();
  }

  say(text, problem = false) {
    this.notice.textContent = text;
    this.notice.classList.toggle("problem", problem);
    this.notice.hidden = !text;
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
    this.patience = setTimeout(() => this.details.silent(), PATIENCE);
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

export default () => ({
  initialize({ model }) {
    model.on("msg:custom", (message) => {
      if (message.kind === "rows") takeRows(model, message);
    });
  },
  render({ model, el }) {
    const panel = new Panel(model);
    el.append(panel.element);
    return () => panel.stop();
  },
});
