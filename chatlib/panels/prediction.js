// A question in the browser, with choices or with a field.

import { freshId, make } from "../front/elements.js";
import { keepTyping } from "../front/keys.js";

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
    const name = freshId("prediction");
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
    el.append(make("fieldset", { class: "chatlib-prediction", onkeydown: keepTyping }, legend, ...answers));
    return () => model.off("change:answer", show);
  },
});
