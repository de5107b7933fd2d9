/** What the marks of a chart mean, drawn as they are drawn in the chart. */
import { drawing, element } from "../element.js";
/** @import { Entry } from "../types.d.ts" */

/**
 * @param {HTMLElement} node
 * @param {Entry[]} entries
 */
export function showLegend(node, entries) {
  const key = JSON.stringify(entries);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...entries.map((entry) => element("span", {}, swatch(entry), entry.title)));
}

/** @param {Entry} entry */
function swatch({ mark, colour, second, dash = [] }) {
  const box = { viewBox: "0 0 20 12", class: "ranp-swatch" };
  const stroke = { stroke: colour, "stroke-width": 2.5, fill: "none" };
  const shapes = {
    bar: () => [drawing("rect", { x: 2, y: 1, width: 16, height: 10, fill: colour })],
    box: () => [
      drawing("rect", { x: 2.5, y: 1.5, width: 15, height: 9, stroke: colour, "stroke-width": 1.2, fill: "none" }),
    ],
    hatch: () => [
      drawing("rect", { x: 2, y: 1, width: 16, height: 10, fill: second }),
      drawing("path", { d: "M2 9 L10 1 M6 11 L16 1 M12 11 L18 5", stroke: colour, "stroke-width": 2 }),
    ],
    line: () => [drawing("path", { d: "M0 6 H20", "stroke-dasharray": dash.join(" "), ...stroke })],
    cross: () => [drawing("path", { d: "M6 2 L14 10 M14 2 L6 10", ...stroke })],
    dot: () => [drawing("circle", { cx: 10, cy: 6, r: 3.2, fill: colour })],
    ring: () => [drawing("circle", { cx: 10, cy: 6, r: 3, stroke: colour, "stroke-width": 1.6, fill: "none" })],
    diamond: () => [drawing("path", { d: "M10 0.5 L15 6 L10 11.5 L5 6 Z", fill: colour })],
    up: () => [drawing("path", { d: "M10 2 L14.5 10 H5.5 Z", stroke: colour, "stroke-width": 1.8, fill: "none" })],
    down: () => [drawing("path", { d: "M10 10 L14.5 2 H5.5 Z", stroke: colour, "stroke-width": 1.8, fill: "none" })],
  };
  return drawing("svg", box, ...shapes[mark]());
}
