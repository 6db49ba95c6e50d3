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
