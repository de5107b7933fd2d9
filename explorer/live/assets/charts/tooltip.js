/** What a chart says of the place under the pointer. It follows when the chart changes under a resting pointer. */
import { element } from "../element.js";
/** @import { Said } from "../types.d.ts" */

export class Tooltip {
  /** @type {{x: number, y: number, left: number, top: number, width: number} | null} */
  #at = null;
  #said = "";

  constructor() {
    this.node = element("div", { class: "ranp-tooltip", hidden: true });
    /** @type {((x: number, y: number) => Said | null) | null} */
    this.probe = null;
  }

  /**
   * @param {number} x of the plot
   * @param {number} y
   * @param {number} left margin
   * @param {number} top
   * @param {number} width of the chart
   */
  show(x, y, left, top, width) {
    this.#at = { x, y, left, top, width };
    this.refresh();
  }

  hide() {
    this.#at = null;
    this.node.hidden = true;
  }

  refresh() {
    if (!this.#at || !this.probe) return;
    const { x, y, left, top, width } = this.#at;
    const found = this.probe(x, y);
    this.node.hidden = !found;
    if (!found) return;
    const said = found.lines.join("\n");
    if (said !== this.#said) {
      this.#said = said;
      const [first, ...others] = found.lines;
      this.node.replaceChildren(element("strong", {}, first), ...others.map((line) => element("span", {}, line)));
    }
    const place = (found.at ?? x) + left;
    const onLeft = place > width / 2;
    this.node.style.left = onLeft ? "" : `${place + 12}px`;
    this.node.style.right = onLeft ? `${width - place + 12}px` : "";
    this.node.style.top = `${Math.max(0, top + Math.min(y, 80))}px`;
  }
}
