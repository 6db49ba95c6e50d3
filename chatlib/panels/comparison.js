// A prediction beside its outcome, in the browser.

import { make } from "../front/elements.js";
import { keepTyping } from "../front/keys.js";

export default () => ({
  render({ model, el }) {
    const reason = make("textarea", {
      rows: 2,
      oninput: () => {
        model.set("reason", reason.value);
        model.save_changes();
      },
    });
    const show = () => {
      const written = model.get("reason");
      if (reason.value !== written) reason.value = written;
    };
    model.on("change:reason", show);
    show();
    const asks = `${model.get("asks")} Write it for yourself.`;
    el.append(make("div", {
      class: `chatlib-prediction compared ${model.get("right") ? "right" : ""}`,
      onkeydown: keepTyping,
    }, make("strong", { text: model.get("question") }), make("p", { text: model.get("words") }),
    make("label", {}, make("span", { text: asks }), reason)));
    return () => model.off("change:reason", show);
  },
});
