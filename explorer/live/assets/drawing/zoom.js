/** How large the drawing is: as wide as there is room, unless the visitor says otherwise. */
import { element } from "../element.js";
/** @import { Architecture } from "../types.d.ts" */

const LEAST = 0.5; // so small a fitted drawing may be; a wider one scrolls
const MOST = 1.3;
const HIGHEST = 520; // pixels that the drawing takes; a higher one scrolls
const STEP = 1.4;
const RANGE = [0.25, 8];

/** @param {number} zoom */
const within = (zoom) => Math.min(MOST, Math.max(LEAST, zoom));

export class Zoom {
  value = 1;
  /** @type {number | null} what the visitor chose */
  #chosen = null;

  /**
   * @param {HTMLElement} frame what scrolls
   * @param {Architecture} drawn
   * @param {() => void} changed
   */
  constructor(frame, { width, height }, changed) {
    this.frame = frame;
    this.width = width;
    this.height = height;
    this.changed = changed;
    /**
     * @param {string} sign
     * @param {string} label
     * @param {() => void} press
     */
    const button = (sign, label, press) => {
      const about = { type: "button", class: "ranp-button ranp-small", "aria-label": label };
      return element("button", { ...about, on: { click: press } }, sign);
    };
    this.node = element(
      "span",
      { class: "ranp-zoom", role: "group", "aria-label": "Zoom" },
      button("−", "Smaller", () => this.#to(this.value / STEP)),
      button("+", "Larger", () => this.#to(this.value * STEP)),
      button("Fit", "Fit into the page", () => this.#to(null)),
    );
    this.resizes = new ResizeObserver(() => this.fit());
    this.resizes.observe(frame);
    frame.addEventListener("wheel", (event) => this.#turned(event), { passive: false });
    this.fitted = this.#fitting();
    this.value = this.fitted;
  }

  /** Fit to the room there is now. */
  fit() {
    this.fitted = this.#fitting();
    const value = this.#chosen ?? this.fitted;
    if (value === this.value) return;
    this.value = value;
    this.changed();
  }

  stop() {
    this.resizes.disconnect();
  }

  #fitting() {
    const room = this.frame.clientWidth || this.width;
    const whole = this.frame.closest(".ranp-network");
    if (whole instanceof HTMLElement) {
      const high = Math.min(HIGHEST, this.height * within((whole.clientWidth || this.width) / this.width));
      whole.style.setProperty("--ranp-drawing", `${Math.ceil(high) + 2}px`);
    }
    return within(room / this.width);
  }

  /** @param {number | null} wanted null for what fits */
  #to(wanted) {
    const [least, most] = RANGE;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.frame;
    const before = this.value;
    this.#chosen = wanted === null ? null : Math.min(most, Math.max(least, wanted));
    this.fit();
    const grown = this.value / before; // what was in the middle stays there
    this.frame.scrollLeft = (scrollLeft + clientWidth / 2) * grown - clientWidth / 2;
    this.frame.scrollTop = (scrollTop + clientHeight / 2) * grown - clientHeight / 2;
  }

  /** @param {WheelEvent} event with Ctrl, as browsers zoom, and as a pinch on a touchpad comes */
  #turned(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#to(this.value * Math.exp(-event.deltaY / 300));
  }
}
