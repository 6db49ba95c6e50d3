// A question in the browser, with choices or with a field. Every text is set with textContent.

/** Make an element. A property that is not on the element is set as an attribute. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Notebook shortcuts stay out; the application's own (Ctrl+S, …) and Shift+Enter still work. */
function keepKeys(event) {
  const command = event.ctrlKey || event.metaKey || (event.shiftKey && event.key === "Enter");
  if (!command) event.stopPropagation();
}

function answer(model, text) {
  model.set("answer", text);
  model.save_changes();
}

function choice(model, text, name) {
  const button = make("input", { type: "radio", name, onchange: () => answer(model, text) });
  return make("label", {}, button, make("span", { text }));
}

function field(model) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false",
    oninput: (event) => answer(model, event.target.value) });
  return make("label", {}, make("span", { text: "Your answer" }), input);
}

export default () => ({
  render({ model, el }) {
    // Random, because one page may show the same question twice.
    const name = `chatlib-prediction-${Math.random().toString(36).slice(2)}`;
    const choices = model.get("choices");
    const answers = choices.length ? choices.map((text) => choice(model, text, name)) : [field(model)];
    const legend = make("legend", {}, make("strong", { text: "Predict. " }), model.get("question"));
    const show = () => {
      const given = model.get("answer");
      for (const [index, label] of answers.entries()) {
        const input = label.querySelector("input");
        if (choices.length) input.checked = choices[index] === given;
        else if (input.value !== given) input.value = given;
      }
    };
    model.on("change:answer", show);
    show();
    el.append(make("fieldset", { class: "chatlib-prediction", onkeydown: keepKeys }, legend, ...answers));
    return () => model.off("change:answer", show);
  },
});
