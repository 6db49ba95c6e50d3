// The program panel in the browser: the lines of a program, and a field to type into it.
//
// Every text is set with textContent, so nothing that a program wrote can become markup.

const NEAR_END = 24; // pixels from the end at which a reader still follows the lines
const SIGN = { starting: "◌", running: "●", ended: "○" };
const KIND = { in: "typed: ", note: "", out: "" };

/** Make an element: `text` is its text, names that start with "on" listen, others are attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Notebook shortcuts stay out of the panel; the application's own (Ctrl+S, …) still work. */
function keepKeys(event) {
  const application = (event.ctrlKey || event.metaKey) && /^[a-z]$/i.test(event.key);
  if (!application) event.stopPropagation();
}

/** Takes batches of rows into the model, so that a saved notebook holds them, and tells the views. */
class Rows extends EventTarget {
  constructor(model) {
    super();
    this.model = model;
    model.on("change:rows", () => this.tell());
    model.on("msg:custom", (message) => message.kind === "rows" && this.take(message));
  }

  take({ first, rows }) {
    const kept = this.model.get("rows");
    const known = this.model.get("dropped") + kept.length - first;
    // A batch got lost on the way to this browser: ask for all rows instead.
    if (known < 0) return this.model.send({ kind: "rows" });
    const surplus = Math.max(0, kept.push(...rows.slice(known)) - this.model.get("cap"));
    kept.splice(0, surplus);
    this.model.set("dropped", this.model.get("dropped") + surplus);
    this.tell();
  }

  tell() {
    this.dispatchEvent(new CustomEvent("rows"));
  }
}

class Panel {
  constructor(model, rows, signal) {
    this.model = model;
    this.shown = 0; // the number of the first row that is not drawn yet, since the beginning
    const title = model.get("title");
    this.chip = make("span", { class: "chip", role: "status" });
    this.error = make("p", { class: "error", role: "alert" });
    this.lines = make("div", {
      class: "lines", role: "log", tabindex: "0", "aria-label": `Output of ${title}`,
    });
    this.field = make("input", {
      type: "text", "aria-label": `Type a line into ${title}`, placeholder: "Type a line",
      onkeydown: (event) => this.pressed(event),
    });
    this.send = make("button", { type: "button", text: "Enter", onclick: () => this.type() });
    this.entry = make("div", { class: "entry" }, this.field, this.send);
    this.entry.hidden = !model.get("typing");
    this.element = make("div", {
      class: "chatlib-program", role: "group", "aria-label": `Program ${title}`,
      onkeydown: keepKeys,
    }, make("div", { class: "head" }, make("code", { text: title }), this.chip),
    this.error, this.lines, this.entry);
    rows.addEventListener("rows", () => this.draw(), { signal });
    model.on("change:state change:status", () => this.showState());
    model.on("change:error", () => this.showError());
    this.showState();
    this.showError();
    this.draw();
  }

  draw() {
    const { lines } = this;
    const follows = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR_END;
    const rows = this.model.get("rows");
    const first = this.model.get("dropped");
    for (const row of rows.slice(Math.max(0, this.shown - first))) lines.append(this.line(row));
    while (lines.childElementCount > rows.length) lines.firstChild.remove();
    this.shown = first + rows.length;
    if (follows) lines.scrollTop = lines.scrollHeight;
  }

  line([kind, text]) {
    return make("p", { class: kind }, make("span", { class: "kind", text: KIND[kind] }), text);
  }

  showState() {
    const state = this.model.get("state");
    this.element.dataset.state = state;
    this.chip.replaceChildren(
      make("span", { class: "sign", "aria-hidden": "true", text: SIGN[state] }),
      this.model.get("status"));
    this.send.setAttribute("aria-disabled", state !== "running");
  }

  showError() {
    this.error.textContent = this.model.get("error");
    this.error.hidden = !this.model.get("error");
  }

  pressed(event) {
    if (event.key === "Enter" && !event.isComposing) this.type();
  }

  type() {
    const line = this.field.value;
    this.field.focus();
    if (!line.trim() || this.model.get("state") !== "running") return;
    this.field.value = "";
    this.model.send({ kind: "line", line });
  }
}

export default () => {
  let rows;
  return {
    initialize({ model }) {
      rows = new Rows(model);
    },
    render({ model, el, signal }) {
      el.classList.add("chatlib-program-view");
      el.append(new Panel(model, rows, signal).element);
    },
  };
};
