// What the pointer points at.

/**
 * Tell what the pointer points at, each time that changes: the number in the nearest `data-NAME`,
 * or null. A page that scrolls under a resting pointer changes nothing: the keyboard leads then.
 */
export function pointing(element, name, onPoint) {
  let last = null;
  const point = (index) => {
    if (index !== last) onPoint(index);
    last = index;
  };
  const at = (event) => {
    const found = event.target.closest(`[data-${name}]`);
    if (event.type === "pointerdown" || event.movementX || event.movementY) {
      point(found && Number(found.dataset[name]));
    }
  };
  element.addEventListener("pointermove", at);
  element.addEventListener("pointerdown", at);
  element.addEventListener("pointerleave", () => point(null));
}
