// What the bytes of a frame are for, each with a word, a colour and the shape of a line below it.

const ROLES = {
  FIN: "first", RSV1: "first", RSV2: "first", RSV3: "first", opcode: "first",
  MASK: "length", "payload length": "length", "extended payload length": "extended",
  "masking key": "key", payload: "payload",
};
const WORDS = {
  first: "FIN, RSV, opcode", length: "MASK, payload length", extended: "extended payload length",
  key: "masking key", payload: "payload",
};
export const RESERVED = "RSV1–3";

/** The role of a field of a frame; the lines of a head take turns. */
export const roleOf = (field, index) => field.role ?? ROLES[field.name] ?? (index % 2 ? "odd" : "even");

/** The roles of a frame's fields in their order, each with its word. */
export function legendOf(fields) {
  const masked = fields.some(({ name }) => name === "masking key");
  const roles = new Set(fields.map((field, index) => roleOf(field, index)));
  return [...roles].filter((role) => role in WORDS).map((role) => [role,
    role === "payload" ? `payload, ${masked ? "masked" : "not masked"}` : WORDS[role]]);
}

/** The fields with the three reserved bits as one, if all of them are 0. */
export function withoutReserved(fields) {
  const reserved = fields.filter(({ name }) => /^RSV\d$/.test(name));
  if (reserved.length !== 3 || reserved.some(({ value }) => value !== 0)) return fields;
  const one = { ...reserved[0], name: RESERVED, parts: reserved, bits: [1, 4], role: "first",
    meaning: "0 means: no extension uses them here." };
  return fields.flatMap((field) => (field === reserved[0] ? [one] : reserved.includes(field) ? [] : [field]));
}

/** Where a field stands, such as "byte 1, bits 1–7" or "bytes 2–5". */
export function spanWords([first, past]) {
  const last = past - 1;
  const [from, to] = [Math.floor(first / 8), Math.floor(last / 8)];
  if (first % 8 === 0 && last % 8 === 7) return from === to ? `byte ${from}` : `bytes ${from}–${to}`;
  const bits = first === last ? `bit ${first % 8}` : `bits ${first % 8}–${last % 8}`;
  return `byte ${from}, ${bits}`;
}
