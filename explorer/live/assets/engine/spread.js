/** How values lie: smallest, quartiles, largest, and their mean. Quantiles are interpolated, as torch.quantile does. */

/** @import { Numbers, Spread } from "../types.d.ts" */

/** @param {Numbers} values at least one @returns {Spread} */
export function spread(values) {
  const ordered = Float64Array.from(values).sort();
  const mean = ordered.reduce((sum, value) => sum + value, 0) / ordered.length;
  const [min, q1, median, q3, max] = [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(ordered, share));
  return { min, q1, median, q3, max, mean };
}

/**
 * The value below which that share of the ascending values lies.
 * @param {Float64Array} ordered
 * @param {number} share
 */
export function quantile(ordered, share) {
  const place = share * (ordered.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (place - below) * (ordered[above] - ordered[below]);
}
