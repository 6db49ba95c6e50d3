// Elements of a page, made in one call. Every text is set with textContent, so nothing that
// somebody wrote, or that came over the wire, can become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Make an element: "text" is its text, names that begin with "on" listen, others are attributes.
 * A property or a child that is missing (null, undefined; for a property also false) is left out.
 */
export function make(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for the elements of an SVG picture. */
export function makeSvg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** A text with `code` in it, as what `make` takes for children. */
export function prose(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, index) => (index % 2 ? make("code", { text: part }) : part));
}

/**
 * Set a text, with `code` in it, only when it differs: a screen reader reads a live region again
 * when it is set.
 */
export function write(element, text) {
  const parts = prose(text);
  const words = parts.map((part) => part.textContent ?? part).join("");
  if (element.textContent !== words) element.replaceChildren(...parts);
}

/** Show a text; an empty one hides its element. */
export function showText(element, text) {
  write(element, text);
  element.hidden = !text;
}

/** Random, because one page may show several panels, and the same one twice. */
export const freshId = (what) => `chatlib-${what}-${Math.random().toString(36).slice(2)}`;
