// Files that the browser saves.

import { make } from "../elements.js";

/** Let the browser save a file. */
export function download(name, type, data) {
  const url = URL.createObjectURL(new Blob([data], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
