// What was recorded as files: to keep, and to open again.

import { freshId, make } from "../elements.js";
import { button } from "./choice.js";
import { SILENT } from "./details.js";
import { download } from "./download.js";

const PATIENCE = 3000; // ms without an answer before the panel says that the kernel is silent
const LARGEST_FILE = 8e6; // bytes; Jupyter's own WebSocket takes messages of 10 MiB

export class Files {
  /** `only` says which connection to keep, 0 for all; `onOpened` is told the opened ones. */
  constructor(model, only, onOpened) {
    this.model = model;
    this.only = only;
    this.onOpened = onOpened;
    this.id = freshId("view"); // tells Python's answers to this view from those to others
    this.notice = make("p", { class: "notice", role: "status", hidden: true });
    const file = make("input", { type: "file", accept: ".json,application/json", hidden: true,
      onchange: () => this.open(file) });
    this.element = make("div", { class: "group", role: "group", "aria-label": "Keep what was recorded" },
      button("Save as JSON", () => this.keep("json")),
      button("Open a saved trace…", () => file.click()), file,
      button("Export for Wireshark (pcapng)", () => this.keep("pcapng")));
    model.on("msg:custom", (message, buffers) => {
      if (message.view === this.id) this.told(message, buffers);
    });
  }

  keep(form) {
    this.ask({ kind: "keep", form, connection: this.only() });
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

  told({ kind, name, type, text, problem, connections }, buffers) {
    clearTimeout(this.patience);
    if (kind === "file") download(name, type, buffers[0]);
    const saved = `Saved as ${name}, where your browser keeps its downloads.`;
    this.say(kind === "file" ? saved : text, problem);
    if (connections?.length) this.onOpened(connections);
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
