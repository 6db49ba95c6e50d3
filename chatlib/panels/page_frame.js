// The chat's page in a frame of the notebook, with a link to open it in a tab of its own.
//
// This file finds the way to the page: straight to the kernel's port where the kernel runs on the
// browser's own machine, else through Jupyter and its proxy, below Jupyter's own base URL.

import { make, showText } from "../front/elements.js";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const PATIENCE = 10000; // ms for one answer of the kernel or of Jupyter
const AS_BROWSER = { Accept: "text/html" }; // else the chat's server answers 426

/** Jupyter writes its settings into its own page; other front ends (VS Code) have none. */
function baseUrl() {
  const settings = document.getElementById("jupyter-config-data");
  return settings && new URL(JSON.parse(settings.textContent).baseUrl, location.href);
}

const proxied = (port) => new URL(`proxy/${port}/`, baseUrl());

/** Ask a port of this machine; any answer will do, even one that a page may not read. */
async function answers(address) {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    await fetch(address, { mode: "no-cors", headers: AS_BROWSER, signal });
    return true;
  } catch {
    return false;
  }
}

/** Choose the way; a tunnel (ssh, Docker) makes Jupyter look local, hence the question. */
async function usesProxy(model) {
  const wanted = model.get("proxy");
  if (wanted !== null) return wanted;
  if (!baseUrl()) return false;
  const probe = `http://${model.get("host")}:${model.get("probe_port")}/`;
  return !(LOCAL.includes(location.hostname) && await answers(probe));
}

/** Let the kernel accept pages of Jupyter's own origin: the proxy leaves `Origin` as it is. */
function allowed(model, signal) {
  return new Promise((resolve, reject) => {
    const look = () => model.get("allowed") === location.origin && resolve();
    const timer = setTimeout(() => reject(new Error(
      "The kernel does not answer. Run the setup cell, then this cell again.")), PATIENCE);
    signal.addEventListener("abort", () => clearTimeout(timer));
    model.on("change:allowed", () => {
      clearTimeout(timer);
      look();
    });
    look();
    model.send({ origin: location.origin });
  });
}

async function checkProxy(model) {
  const address = proxied(model.get("probe_port"));
  const { status } = await fetch(address, {
    headers: AS_BROWSER, signal: AbortSignal.timeout(PATIENCE),
  });
  if (status === 404) {
    throw new Error("This Jupyter has no jupyter-server-proxy, so the page cannot be reached from "
      + "here. Start Jupyter with “python3 course.py lab”.");
  }
  if (status !== 200) {
    throw new Error(`Nothing answers on port ${model.get("probe_port")}: no server listens there `
      + "now. Run the cell that starts it, then this cell again. "
      + `(Jupyter's proxy says: status ${status}.)`);
  }
}

async function addressOf(model, signal) {
  const proxy = await usesProxy(model);
  if (proxy) {
    await allowed(model, signal);
    await checkProxy(model);
  }
  const address = proxy ? proxied(model.get("port"))
    : new URL(`http://${model.get("host")}:${model.get("port")}/`);
  for (const [key, trait] of [["name", "name"], ["room", "room"], ["port", "server_port"]]) {
    if (model.get(trait)) address.searchParams.set(key, model.get(trait));
  }
  return { address: address.href, proxy };
}

function render({ model, el, signal }) {
  const way = make("p", { class: "way", role: "status", text: "Looking for the way to the page…" });
  const error = make("p", { class: "error", role: "alert", hidden: true });
  const place = make("div");
  el.classList.add("chatlib-page");
  el.append(way, error, place);

  const fail = (text) => showText(error, text);
  const stop = () => {
    if (!model.get("stopped")) return;
    place.replaceChildren();
    way.textContent = "This page was stopped: run its cell again.";
  };
  const show = ({ address, proxy }) => {
    const name = model.get("name");
    const link = make("a", {
      href: address, target: "_blank", rel: "noopener", text: "Open the page in a new tab",
    });
    const how = proxy ? "It is reached through Jupyter (jupyter-server-proxy)."
      : `It is reached directly at ${new URL(address).origin}.`;
    way.replaceChildren(link, ` · ${how}`);
    const source = new URL(address);
    const light = document.body.dataset.jpThemeLight;
    if (light) source.searchParams.set("theme", light === "true" ? "light" : "dark");
    const frame = make("iframe", {
      src: source.href, title: name ? `The chat's page for ${name}` : "The chat's page",
    });
    frame.style.height = `${model.get("height")}px`;
    place.replaceChildren(frame);
  };
  // JupyterLab lets the frame keep the keyboard when its user clicks beside a cell.
  document.addEventListener("pointerdown", () => {
    if (place.contains(document.activeElement)) document.activeElement.blur();
  }, { capture: true, signal });
  model.on("change:stopped", stop);
  model.on("change:error", () => fail(model.get("error")));
  fail(model.get("error"));
  if (model.get("stopped")) stop();
  else {
    addressOf(model, signal).then(
      (found) => !signal.aborted && !model.get("stopped") && show(found),
      (problem) => {
        way.textContent = "";
        fail(problem.message);
      },
    );
  }
}

export default () => ({ render });
