/** The ways between the parts of a network, as paths of a drawing at some zoom. */
/** @import { Way } from "../types.d.ts" */

const ROUND = 7; // of an arc's corners, in pixels

/**
 * @param {Way} way
 * @param {number} zoom
 */
export function pathOf([, , kind, points], zoom) {
  const at = points.map(([x, y]) => /** @type {[number, number]} */ ([x * zoom, y * zoom]));
  return kind === "way" || kind === "skip" ? waved(at) : cornered(at);
}

/**
 * Level at every point, bent between them.
 * @param {[number, number][]} points
 */
function waved(points) {
  let path = `M${say(points[0])}`;
  for (let at = 1; at < points.length; at++) {
    const [[x, y], [right, below]] = [points[at - 1], points[at]];
    if (y === below) path += `H${right.toFixed(1)}`;
    else path += `C${say([(x + right) / 2, y])} ${say([(x + right) / 2, below])} ${say([right, below])}`;
  }
  return path;
}

/**
 * Straight, with round corners.
 * @param {[number, number][]} points
 */
function cornered(points) {
  let path = `M${say(points[0])}`;
  for (let at = 1; at < points.length - 1; at++) {
    path += `L${say(near(points[at], points[at - 1]))}Q${say(points[at])} ${say(near(points[at], points[at + 1]))}`;
  }
  return `${path}L${say(points[points.length - 1])}`;
}

/**
 * A point on the way from a corner, at most half of the way.
 * @param {[number, number]} corner
 * @param {[number, number]} other
 * @returns {[number, number]}
 */
function near([x, y], [towards, down]) {
  const length = Math.hypot(towards - x, down - y);
  const share = length ? Math.min(0.5, ROUND / length) : 0;
  return [x + share * (towards - x), y + share * (down - y)];
}

/** @param {[number, number]} point */
const say = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
