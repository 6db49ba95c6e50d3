// A panel that stays on the screen while the notebook scrolls under it.

import { make } from "../elements.js";
import { button } from "./choice.js";

/** The button that docks a panel at the right of the window, and what stands in its place meanwhile. */
export class Dock {
  constructor(panel) {
    this.panel = panel;
    this.button = button("Dock", () => this.toggle());
    this.button.title = "Keep this panel at the right of the window while the notebook scrolls";
    // An older browser has no layer above the page: there the panel stays where it is.
    this.button.hidden = !("showPopover" in HTMLElement.prototype);
    this.place = make("p", { class: "chatlib-docked", hidden: true },
      "The wire is docked at the right of the window. ", button("Put it back here", () => this.toggle()));
  }

  get docked() {
    return this.panel.hasAttribute("popover");
  }

  toggle() {
    if (this.docked) this.panel.removeAttribute("popover");
    else this.panel.setAttribute("popover", "manual");
    if (this.docked) this.panel.showPopover();
    this.place.hidden = !this.docked;
    this.button.textContent = this.docked ? "Undock" : "Dock";
    this.button.focus({ preventScroll: true });
  }
}
