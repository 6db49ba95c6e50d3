// A question in the browser, with choices or with a field.

import { freshId, make, prose, showText, write } from "../front/elements.js";
import { isEnter, keepTyping } from "../front/keys.js";

function words(model) {
  const answer = model.get("answer");
  if (model.get("skipped")) return "– Skipped.";
  if (!answer) return "";
  return model.get("choices").length ? "Noted." : `Noted: ${answer}`;
}

class Question {
  constructor(model) {
    this.model = model;
    const id = freshId("prediction");
    const choices = model.get("choices");
    const place = model.get("place");
    this.choices = choices.map((text) => make("button", {
      type: "button", class: "choice", onclick: () => this.give(text),
    }, make("span", { class: "sign", "aria-hidden": "true" }), make("span", {}, ...prose(text))));
    this.field = make("input", {
      type: "text", autocomplete: "off", spellcheck: "false", "aria-describedby": id, dir: "auto",
      inputmode: model.get("number") ? "numeric" : "text", value: model.get("answer"),
      onkeydown: (event) => this.pressed(event),
    });
    this.skip = make("button", { type: "button", class: "skip", text: "Skip", onclick: () => this.give("") });
    this.said = make("span", { class: "said", role: "status" });
    this.problem = make("p", { class: "problem", id, role: "alert" });
    const answers = choices.length ? this.choices : [this.typed()];
    this.element = make("fieldset", { class: "chatlib-prediction", onkeydown: keepTyping },
      make("legend", {}, make("strong", { text: place ? `Prediction ${place}. ` : "Predict. " }),
        ...prose(model.get("question"))),
      make("div", { class: "answers" }, ...answers, this.skip, this.said), this.problem);
  }

  typed() {
    const label = this.model.get("number") ? "A number" : "Your answer";
    return make("span", { class: "typed" }, make("label", {}, make("span", { text: label }), this.field),
      make("button", { type: "button", text: "Answer", onclick: () => this.take() }));
  }

  pressed(event) {
    if (!isEnter(event)) return;
    event.preventDefault();
    this.take();
  }

  /** Only a text is an answer: an empty field is no skip. */
  take() {
    if (this.field.value.trim()) this.give(this.field.value);
  }

  give(answer) {
    if (!this.model.get("compared")) this.model.send({ answer });
  }

  show() {
    const { model } = this;
    const answer = model.get("answer");
    for (const [index, button] of this.choices.entries()) {
      const chosen = model.get("choices")[index] === answer;
      button.setAttribute("aria-pressed", chosen);
      write(button.firstChild, chosen ? "● " : "○ ");
    }
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", model.get("compared"));
    }
    this.field.readOnly = this.skip.hidden = model.get("compared");
    write(this.said, words(model));
    showText(this.problem, model.get("problem"));
  }
}

export default () => ({
  render({ model, el }) {
    const question = new Question(model);
    const show = () => question.show();
    const events = "change:answer change:skipped change:compared change:problem";
    model.on(events, show);
    show();
    el.append(question.element);
    return () => model.off(events, show);
  },
});
