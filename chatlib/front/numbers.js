// Numbers as people read them.

export const number = (value) => value.toLocaleString("en");

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

export function size(bytes) {
  return bytes < 10000 ? `${number(bytes)} B` : `${number(Math.round(bytes / 100) / 10)} kB`;
}
