// Bytes as they travel to the browser, in hexadecimal, and as they are shown.

/** The bytes of a text like "8105", each as two hexadecimal digits. */
export const bytesOf = (hex) => hex.match(/../g) ?? [];

/** The eight bits of such a byte, the most significant one first. */
export const bitsOf = (byte) => [...parseInt(byte, 16).toString(2).padStart(8, "0")];

/** The letter that such a byte is in ASCII; a dot where it is none. */
export function letter(byte) {
  const code = parseInt(byte, 16);
  return code >= 32 && code < 127 ? String.fromCharCode(code) : "·";
}

/** Bytes as text; what cannot be printed is written as \n or \u202e. `cut` if more follow them. */
export function printable(bytes, cut = false) {
  let text;
  try {
    const data = Uint8Array.from(bytes, (byte) => parseInt(byte, 16));
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data, { stream: cut });
  } catch {
    return "not text: not UTF-8";
  }
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, escaped) + (cut ? "…" : "");
}

function escaped(character) {
  const code = character.codePointAt(0);
  const known = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  return known ?? `\\u{${code.toString(16)}}`;
}
