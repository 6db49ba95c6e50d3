// What every panel needs, around its own code: it hears the kernel on a slow machine too, notices that
// the kernel has gone, and stays in view when its cell was just run.

const GONE = ["restarting", "autorestarting", "terminating", "dead"]; // a kernel's states
const SETTLES = 1500; // ms in which a new panel finds its height

/** Whether the kernel still has the panel; tells "change" when that ends or begins. */
class Kernel extends EventTarget {
  constructor(code) {
    super();
    this.has = code.comm_live !== false;
    this.had = this.has;
    code.on?.("comm_live_update", () => this.set(code.comm_live));
    code.widget_manager?.kernel?.statusChanged?.connect((_, status) => {
      if (GONE.includes(status)) this.set(false);
    });
  }

  set(has) {
    if (this.has === has) return;
    this.has = has;
    this.had ||= has;
    this.dispatchEvent(new Event("change"));
  }

  get words() {
    if (this.has) return "";
    return this.had ? "The kernel was restarted or has ended: run the cell again."
      : "This is what was saved. To go on, run the cells again from the first one.";
  }
}

/** What anywidget gives a panel, and its kernel; what it sends to one that has gone goes nowhere. */
function guarded(context, kernel) {
  const { model } = context;
  const send = (...message) => kernel.has && model.send(...message);
  const save_changes = () => kernel.has && model.save_changes();
  return { ...context, kernel, model: { ...model, send, save_changes } };
}

/**
 * Let a panel that started late hear the kernel, and ask for what it missed.
 *
 * anywidget waits two seconds for a model to start; from then on that model rejects every message.
 * Such a model takes its messages as a widget without anywidget does.
 */
async function hearWhenLate({ model }) {
  const own = await model.widget_manager.get_model(model.get("own_id"));
  if (!own.comm) return;
  const nothing = { content: { data: {} } };
  own._handle_comm_msg(nothing).catch(() => {
    const { _handle_comm_msg } = Object.getPrototypeOf(Object.getPrototypeOf(own));
    own.comm.on_msg((message) => _handle_comm_msg.call(own, message));
    own.comm.send({ method: "request_state" });
  });
}

/** Say above a panel that its kernel has gone. */
function showGone(el, kernel, signal) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.style.cssText = "border: 1px dashed currentcolor; margin: 4px; padding: 2px 12px;";
  const show = () => {
    line.textContent = kernel.words;
    line.hidden = kernel.has;
  };
  kernel.addEventListener("change", show, { signal });
  show();
  el.prepend(line);
}

/** Scroll a panel into view when the learner has just run its cell: JupyterLab scrolls too early. */
function keepInView(el, signal) {
  const done = new AbortController();
  const scroll = () => {
    const cell = el.closest(".jp-Cell");
    const active = cell?.parentElement.querySelector(":scope > .jp-mod-active");
    if (active && (active === cell || active === cell.nextElementSibling)) {
      cell.querySelector(".jp-Cell-outputWrapper").scrollIntoView({ block: "nearest" });
    }
  };
  const sizes = new ResizeObserver(scroll);
  sizes.observe(el);
  const stop = () => {
    sizes.disconnect();
    done.abort();
  };
  for (const event of ["wheel", "pointerdown", "keydown"]) {
    document.addEventListener(event, stop, { capture: true, signal: done.signal });
  }
  setTimeout(stop, SETTLES);
  signal.addEventListener("abort", stop);
}

/** What anywidget calls for a panel; `code` is the model that holds this text. */
export function host(panel, code) {
  const kernel = new Kernel(code);
  return {
    initialize(context) {
      panel.initialize?.(guarded(context, kernel));
      hearWhenLate(context);
    },
    render(context) {
      const { el, signal } = context;
      const cleanup = panel.render(guarded(context, kernel));
      showGone(el, kernel, signal);
      keepInView(el, signal);
      return cleanup;
    },
  };
}
