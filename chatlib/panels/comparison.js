// A prediction beside its outcome, in the browser. Every text is set with textContent.

/** Notebook shortcuts stay out; the application's own (Ctrl+S, …) and Shift+Enter still work. */
function keepKeys(event) {
  const command = event.ctrlKey || event.metaKey || (event.shiftKey && event.key === "Enter");
  if (!command) event.stopPropagation();
}

function paragraph(text, tag = "p") {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

export default () => ({
  render({ model, el }) {
    const box = document.createElement("div");
    box.className = `chatlib-prediction compared ${model.get("right") ? "right" : ""}`;
    const reason = document.createElement("textarea");
    reason.rows = 2;
    const label = document.createElement("label");
    label.append(paragraph(`${model.get("asks")} Write it for yourself.`, "span"), reason);
    const show = () => {
      const written = model.get("reason");
      if (reason.value !== written) reason.value = written;
    };
    reason.addEventListener("input", () => {
      model.set("reason", reason.value);
      model.save_changes();
    });
    box.addEventListener("keydown", keepKeys);
    model.on("change:reason", show);
    show();
    box.append(paragraph(model.get("question"), "strong"), paragraph(model.get("words")), label);
    el.append(box);
    return () => model.off("change:reason", show);
  },
});
