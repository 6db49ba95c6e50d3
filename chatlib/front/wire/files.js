// What was recorded as files: to keep, and to open again.

import { freshId, make } from "../elements.js";
import { button } from "./choice.js";
import { SILENT } from "./details.js";
import { download } from "./download.js";

const PATIENCE = 3000; // ms without an answer before the panel says that the kernel is silent
const LARGEST_FILE = 8e6; // bytes; Jupyter's own WebSocket takes messages of 10 MiB

export class Files {
  /** `connections` says which ones to keep; `onOpened` gets what a saved file holds. */
  constructor(model, connections, onOpened) {
    this.model = model;
    this.connections = connections;
    this.onOpened = onOpened;
    this.id = freshId("view"); // tells Python's answers to this view from those to others
    this.notice = make("p", { class: "notice", role: "status", hidden: true });
    const file = make("input", { type: "file", accept: ".json,application/json", hidden: true,
      onchange: () => this.open(file) });
    this.element = make("details", { class: "menu" }, make("summary", { text: "File" }),
      make("div", { class: "group", role: "group", "aria-label": "Keep what was recorded" },
        button("Save as JSON", () => this.keep("json")),
        button("Open a saved trace…", () => file.click()), file,
        button("Export for Wireshark (pcapng)", () => this.keep("pcapng"))));
  }

  keep(form) {
    this.ask({ kind: "keep", form, connections: this.connections() });
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
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.say(SILENT, true), PATIENCE);
    this.model.send({ ...question, view: this.id });
  }

  /** Take an answer of the kernel to this view. */
  told({ kind, name, type, text, problem, rows, connections }, buffers) {
    clearTimeout(this.patience);
    if (kind === "opened") {
      this.say("");
      this.onOpened({ name, rows, connections });
      return;
    }
    if (kind === "file") download(name, type, buffers[0]);
    const saved = `Saved as ${name}, where your browser keeps its downloads.`;
    this.say(kind === "file" ? saved : text, problem);
  }

  say(text, problem = false) {
    this.notice.textContent = text;
    this.notice.classList.toggle("problem", problem);
    this.notice.hidden = !text;
  }

  stop() {
    clearTimeout(this.patience);
  }
}
