// What a row may be: who sent it, and which kind of thing it is; each with its word and its sign.

import { make } from "../elements.js";

export const ARROW = { client: "client → server", server: "server → client" };
const GLYPH = {
  handshake: "◇", text: "≡", binary: "▦", continuation: "⋯", ping: "▲", pong: "▽",
  close: "■", end: "┤", body: "▤", datagram: "◆", other: "?", problem: "!",
};

export const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };

// What the filters offer: a word, and the sender or the kinds of rows that it lets through.
export const DIRECTIONS = [["", "both directions"], ...Object.entries(ARROW)];
export const KINDS = [
  ["all kinds", null],
  ...Object.keys(GLYPH).filter((kind) => kind !== "problem").map((kind) => [kind, [kind]]),
  ["data frames", ["text", "binary", "continuation"]],
  ["control frames", ["ping", "pong", "close"]],
];

/** A short label told apart by its word, its sign, its shape and its colour. */
export function kindChip(kind, ...words) {
  return make("span", { class: `chip kind-${kind}` },
    make("span", { class: "glyph", "aria-hidden": "true", text: GLYPH[kind] ?? GLYPH.other }),
    ...words);
}
