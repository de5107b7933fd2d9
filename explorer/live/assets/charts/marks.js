/** Marks of thousands of neurons, painted in one stroke per fate; what would fall on the last mark is left out. */
import { FATE } from "../engine/plan.js";
import { newPath } from "./drawable.js";
/** @import { Palette, Pen } from "../types.d.ts" */

/** Pixels between two marks of a fate below which they are one: triangles need more room than dots. */
const APART = { [FATE.KEPT]: 0.7, [FATE.REMOVED]: 0.7, [FATE.RESCUED]: 4, [FATE.DROPPED]: 4 };
const ORDER = [FATE.REMOVED, FATE.KEPT, FATE.DROPPED, FATE.RESCUED];

/**
 * @param {Pen} ctx that will paint them
 * @param {Palette} colours
 */
export function marks(ctx, colours) {
  const paths = ORDER.map(() => newPath(ctx));
  const last = ORDER.map(() => [-99, -99]);
  let radius = 2.5;
  /** @type {Record<number, (path: Path2D, x: number, y: number) => void>} */
  const shape = {
    [FATE.KEPT]: (path, x, y) => path.rect(x - radius, y - radius, 2 * radius, 2 * radius),
    [FATE.REMOVED]: (path, x, y) => path.rect(x - radius, y - radius, 2 * radius, 2 * radius),
    [FATE.RESCUED]: (path, x, y) => triangle(path, x, y, -3.5),
    [FATE.DROPPED]: (path, x, y) => triangle(path, x, y, 3.5),
  };
  return {
    /** @param {number} step the next layer's neurons are that many pixels apart */
    begin(step) {
      radius = step >= 3 ? 2 : 1.25;
      last.forEach((place) => (place[0] = -99));
    },
    /** @param {number} x @param {number} y @param {number} fate */
    add(x, y, fate) {
      const [left, top] = last[fate];
      if (Math.abs(x - left) < APART[fate] && Math.abs(y - top) < APART[fate]) return;
      last[fate][0] = x;
      last[fate][1] = y;
      shape[fate](paths[fate], x, y);
    },
    finish() {
      for (const fate of ORDER) {
        if (fate === FATE.KEPT || fate === FATE.REMOVED) {
          ctx.fillStyle = fate === FATE.KEPT ? colours.kept : colours.removed;
          ctx.fill(paths[fate]);
        } else {
          ctx.strokeStyle = fate === FATE.RESCUED ? colours.kept : colours.warning;
          ctx.lineWidth = 1.4;
          ctx.stroke(paths[fate]);
        }
      }
    },
  };
}

/**
 * Upwards where `size` is negative.
 * @param {Path2D} path
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function triangle(path, x, y, size) {
  path.moveTo(x, y + size);
  path.lineTo(x + size, y - size);
  path.lineTo(x - size, y - size);
  path.closePath();
}
