/** How many units of each of several sets are kept: at one sparsity, and at every one of a grid at once. */
import { isAlive } from "./ranking.js";
/** @import { Deciders, Numbers, Sets } from "../types.d.ts" */

/**
 * @param {Sets} sets
 * @param {Uint8Array} alive which units are kept
 */
export function countSets({ members, offsets }, alive) {
  const counts = new Float64Array(offsets.length - 1);
  for (let set = 0; set < counts.length; set++) {
    let count = 0;
    for (let at = offsets[set]; at < offsets[set + 1]; at++) count += alive[members[at]];
    counts[set] = count;
  }
  return counts;
}

/**
 * The same at every point of a grid: set after set, a number a point.
 * @param {Sets} sets
 * @param {Int32Array} lifetimes at how many points each unit is kept, as `lifetimesOn` gives them
 * @param {number} points
 * @param {Uint8Array} [wanted] of each set whether it is counted; all are unless it is given
 */
export function countSetsOn({ members, offsets }, lifetimes, points, wanted) {
  const sets = offsets.length - 1;
  const counts = new Int32Array(sets * points);
  for (let set = 0; set < sets; set++) {
    if (wanted && !wanted[set]) continue;
    const row = set * points;
    for (let at = offsets[set]; at < offsets[set + 1]; at++) {
      const lived = lifetimes[members[at]];
      if (lived > 0) counts[row + lived - 1]++;
    }
    for (let point = points - 2; point >= 0; point--) counts[row + point] += counts[row + point + 1];
  }
  return counts;
}

/**
 * At how many points of an ascending grid of sparsities each unit is kept.
 * @param {Deciders} deciders
 * @param {Numbers} grid
 */
export function lifetimesOn(deciders, grid) {
  return Int32Array.from(deciders.sizes, (_, unit) => pointsAlive(deciders, unit, grid));
}

/**
 * @param {Deciders} deciders
 * @param {number} unit
 * @param {Numbers} grid
 */
function pointsAlive(deciders, unit, grid) {
  let [low, high] = [0, grid.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAlive(deciders, unit, grid[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
