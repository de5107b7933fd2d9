/** A button that opens a panel beside it; Escape closes it, and whoever goes on elsewhere. */
import { mark } from "../element.js";

/**
 * @param {HTMLElement} holder of both
 * @param {HTMLButtonElement} opener
 * @param {HTMLElement} panel closed until the button is pressed
 * @param {(wanted: boolean) => void} [then] called whenever the panel was opened or closed
 * @returns {() => void} closes the panel, and leads the focus back to the button
 */
export function disclosure(holder, opener, panel, then = () => {}) {
  /** @param {boolean} wanted */
  const open = (wanted) => {
    panel.hidden = !wanted;
    mark(opener, "aria-expanded", wanted ? "true" : "false");
    then(wanted);
  };
  const close = () => {
    open(false);
    opener.focus();
  };
  panel.hidden = true;
  mark(opener, "aria-expanded", "false");
  opener.addEventListener("click", () => open(panel.hidden !== false));
  holder.addEventListener("keydown", ({ key }) => key === "Escape" && !panel.hidden && close());
  holder.addEventListener(
    "focusout",
    ({ relatedTarget }) => relatedTarget instanceof Node && !holder.contains(relatedTarget) && open(false),
  );
  return close;
}
