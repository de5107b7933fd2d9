/** What stands in the drawing beside the layers: inputs, outputs, and circles where data are joined. */
import { drawing, mark } from "../element.js";
/** @import { Place } from "../types.d.ts" */

/** @param {Place} place one that is no layer */
export function other(place) {
  const { kind, box, names, sign, shape } = place;
  const shapeOf = drawing(kind === "join" ? "circle" : kind === "input" ? "rect" : "path");
  const text = kind === "join" ? drawing("text", { class: "ranp-sign-of" }, sign) : null;
  const node = drawing("g", { class: `ranp-other ranp-other-${kind}` }, shapeOf, text);
  const lines = [names[0], ...(shape.length ? [`${shape.join(" × ")}${kind === "join" ? " in full" : ""}`] : [])];
  /** @param {number} zoom */
  const put = (zoom) => {
    const [x, y, width, height] = box.map((length) => length * zoom);
    const [left, top, size] = [x - width / 2, y - height / 2, Math.max(3, width / 2)];
    const arrow = `M${x - size} ${y - size}L${x + size} ${y}L${x - size} ${y + size}Z`;
    const slab = { x: left, y: top, width, height };
    const attributes = { join: { cx: x, cy: y, r: size }, input: slab, output: { d: arrow } };
    Object.entries(attributes[/** @type {keyof typeof attributes} */ (kind)]).forEach((one) => mark(shapeOf, ...one));
    if (!text) return;
    mark(text, "x", x);
    mark(text, "y", y);
    mark(text, "font-size", Math.min(13, 2.1 * size));
    mark(text, "hidden", size < 4);
  };
  return { node, lines, put };
}
