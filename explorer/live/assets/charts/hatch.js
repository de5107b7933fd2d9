/** The pattern of layers that are held: stripes, so that they differ in more than colour. */
import { drawable } from "./drawable.js";
/** @import { Palette, Pen } from "../types.d.ts" */

/** @type {Map<string, CanvasPattern>} */
const made = new Map();

/**
 * @param {Pen} ctx
 * @param {Palette} colours
 * @returns {CanvasPattern | string}
 */
export function hatch(ctx, colours) {
  const own = /** @type {{hatched?: (colours: Palette) => string}} */ (/** @type {unknown} */ (ctx));
  if (own.hatched) return own.hatched(colours);
  const key = `${colours.kept} ${colours.held}`;
  const pattern = made.get(key) ?? drawable(ctx.createPattern(striped(colours), "repeat"));
  made.set(key, pattern);
  return pattern;
}

/** @param {Palette} colours */
function striped(colours) {
  const tile = new OffscreenCanvas(8, 8);
  const pen = drawable(tile.getContext("2d"));
  pen.fillStyle = colours.kept;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colours.held;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
  }
  pen.stroke();
  return tile;
}
