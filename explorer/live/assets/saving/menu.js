/** What can be taken of a chart, behind one button: a picture, a drawing, its numbers. */
import { disclosure } from "../controls/disclosure.js";
import { element } from "../element.js";
import { csv } from "./csv.js";
import { asPng, asSvg, hand } from "./files.js";
/** @import { Savable } from "../types.d.ts" */

/** @type {[string, string, (chart: Savable) => Promise<Blob>][]} ending, what it is, the file */
const KINDS = [
  ["png", "Picture (PNG)", async (chart) => asPng(await chart.picture())],
  ["svg", "Drawing (SVG)", async (chart) => asSvg(await chart.picture())],
  ["csv", "Numbers (CSV)", async (chart) => new Blob([csv(chart.table())], { type: "text/csv;charset=utf-8" })],
];

/**
 * @param {string} title of the chart
 * @param {Savable} chart
 * @returns {HTMLElement}
 */
export function saving(title, chart) {
  const told = element("span", { class: "ranp-saved", role: "status" });
  const items = KINDS.map(([ending, said, file]) => {
    const item = element("button", { type: "button", class: "ranp-kind", "data-ending": ending }, said);
    item.addEventListener("click", async () => {
      try {
        hand(await file(chart), `${chart.name()}.${ending}`);
        close();
      } catch (error) {
        told.textContent = `This browser could not make the file: ${error instanceof Error ? error.message : error}`;
      }
    });
    return item;
  });
  const panel = element("div", { class: "ranp-panel ranp-save-panel" }, ...items, told);
  const opener = element(
    "button",
    { type: "button", class: "ranp-button ranp-save", "aria-label": `Save ${title}`, title: "Save" },
    element("span", { "aria-hidden": "true" }, "⤓"),
  );
  const node = element("div", { class: "ranp-saving" }, opener, panel);
  const close = disclosure(node, opener, panel, (wanted) => {
    told.textContent = "";
    if (wanted) items[0].focus();
  });
  node.addEventListener("keydown", (event) => step(event, items));
  return node;
}

/**
 * Arrows go from one kind of file to the next.
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items
 */
function step(event, items) {
  const at = items.findIndex((item) => item === event.target);
  const ways = { ArrowDown: 1, ArrowUp: -1 };
  const way = ways[/** @type {keyof typeof ways} */ (event.key)];
  if (!way || at < 0) return;
  event.preventDefault();
  items[(at + way + items.length) % items.length].focus();
}
