// What a browser runs first for each panel: it loads the panel's own code, which stands in one
// model for all panels of a kind. So a saved notebook holds that code once.

const REFERENCE = "IPY_MODEL_"; // how ipywidgets writes that a trait is another widget

async function load(code) {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The code's module. The model keeps it, so that it is read once. */
function moduleOf(model) {
  model.chatlibModule ??= load(model.get("code"));
  return model.chatlibModule;
}

export default () => {
  let panel;
  return {
    async initialize(context) {
      const { model } = context;
      const id = model.get("front_end").slice(REFERENCE.length);
      const code = await model.widget_manager.get_model(id);
      const own = await moduleOf(code);
      panel = own.host(own.default(), code);
      return panel.initialize(context);
    },
    render: (context) => panel.render(context),
  };
};
