// The rows of a panel, one store for all its views.

/**
 * Takes batches of rows into the model, so that a saved notebook holds them, and tells the views:
 * "rows" with what is new, or "reset" when all rows are others.
 */
export class Rows extends EventTarget {
  constructor(model) {
    super();
    this.model = model;
    model.on("change:rows", () => this.tell("reset"));
    model.on("msg:custom", (message) => message.kind === "rows" && this.take(message));
  }

  take({ first, rows }) {
    const kept = this.model.get("rows");
    const known = this.model.get("dropped") + kept.length - first;
    // A batch got lost on the way to this browser: ask for all rows instead.
    if (known < 0) return this.model.send({ kind: "rows" });
    const fresh = rows.slice(known);
    // Many at once: views choose what they show anew each time that rows are dropped.
    const cap = this.model.get("cap");
    const over = kept.push(...fresh) - cap;
    const surplus = over > cap / 20 ? over : 0;
    kept.splice(0, surplus);
    this.model.set("dropped", this.model.get("dropped") + surplus);
    this.tell("rows", { fresh, surplus });
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

/** What anywidget calls for a panel with rows; `show` draws one view of it. */
export const withRows = (show) => () => {
  let rows;
  return {
    initialize({ model }) {
      rows = new Rows(model);
    },
    render: (view) => show(view, rows),
  };
};
