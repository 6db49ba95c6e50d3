// A prediction beside its outcome, in the browser, and the explanation in the text below it.

import { make, prose } from "../front/elements.js";
import { keepTyping } from "../front/keys.js";

const VERDICT = { right: "✓ right", different: "✗ different", skipped: "– skipped" };
const OPEN = "The question is still open: answer it or skip it, and this opens by itself.";

function facts(model) {
  const pair = (name, text) => make("span", {}, make("span", { class: "quiet", text: `${name}: ` }),
    make("b", { dir: "auto" }, ...prose(text)));
  const said = model.get("predicted") || "nothing";
  return make("p", { class: "facts" }, pair("You said", said), " ",
    pair("What happened", model.get("happened")));
}

function reason(model) {
  const field = make("input", {
    type: "text", value: model.get("reason"), dir: "auto", placeholder: "only for you",
    oninput: () => {
      model.set("reason", field.value);
      model.save_changes();
    },
  });
  model.on("change:reason", () => {
    if (field.value !== model.get("reason")) field.value = model.get("reason");
  });
  return make("label", {}, make("span", { text: "Why, in your own words?" }), field);
}

function shown(model) {
  const verdict = model.get("verdict");
  if (!verdict) return [make("p", { text: OPEN })];
  return [
    make("p", { class: "question" }, make("strong", { class: "verdict", text: VERDICT[verdict] }), " ",
      ...prose(model.get("question"))),
    facts(model), reason(model), make("p", { class: "quiet", text: model.get("score") }),
  ];
}

/** The cell with text that follows the cell of an element; not every front end has one. */
function textBelow(element) {
  let cell = element.closest(".jp-Cell");
  do cell = cell?.nextElementSibling; while (cell && !cell.matches(".jp-MarkdownCell"));
  return cell;
}

/** Unfold the explanation, or fold it; also when the text is drawn later, or anew. */
function explain(element, open, signal) {
  const cell = textBelow(element);
  if (!cell) return;
  const unfold = () => {
    const details = cell.querySelector("details.why");
    if (details) details.open = open();
  };
  const observer = new MutationObserver(unfold);
  observer.observe(cell, { childList: true, subtree: true });
  signal.addEventListener("abort", () => observer.disconnect());
  return unfold;
}

export default () => ({
  render({ model, el, signal }) {
    const box = make("div", { class: "chatlib-prediction compared", role: "status", onkeydown: keepTyping });
    let unfold;
    const show = () => {
      box.dataset.verdict = model.get("verdict");
      box.replaceChildren(...shown(model));
      unfold?.();
    };
    model.on("change:verdict", show);
    signal.addEventListener("abort", () => model.off("change:verdict", show));
    show();
    el.append(box);
    // The widget is put into its cell after this.
    requestAnimationFrame(() => {
      unfold = explain(el, () => Boolean(model.get("verdict")), signal);
      unfold?.();
    });
  },
});
