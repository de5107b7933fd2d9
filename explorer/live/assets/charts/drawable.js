/** A canvas's pen or pattern, which an old or short-lived browser tab may refuse. */
/** @import { Pen } from "../types.d.ts" */

/**
 * @template Drawing
 * @param {Drawing | null} found what `getContext` or `createPattern` gave
 * @returns {Drawing}
 * @throws {Error} where it gave nothing
 */
export function drawable(found) {
  if (found === null) throw new Error("This browser cannot draw on a canvas. Reload the page.");
  return found;
}

/**
 * A path for the pen: a canvas's own, or that of a pen that writes a drawing (saving/svg_pen.js).
 * @param {Pen} ctx
 * @returns {Path2D}
 */
export function newPath(ctx) {
  const own = /** @type {{newPath?: () => Path2D}} */ (/** @type {unknown} */ (ctx));
  return own.newPath?.() ?? new Path2D();
}
