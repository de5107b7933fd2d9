/**
 * What a choice of units costs: every cost is a sum of coefficient * |kept A| * |kept B| (ranp/graph/cost.py).
 * MACs are multiply-adds, activations elements of the layers' outputs, all for one input.
 */
import { isAlive } from "./ranking.js";

const KIND = { macs: 0, params: 3, activations: 4 };
export const RESOURCES = Object.keys(KIND);

/** The cost with the units kept that `alive` says: `{macs, params, activations, layers: Float64Array of MACs}`. */
export function price(network, alive) {
  const { kind, coefficient, first, second, layer } = network.terms;
  const counts = countSets(network, alive);
  const sums = new Float64Array(6);
  const layers = new Float64Array(network.layers.length);
  for (let term = 0; term < kind.length; term++) {
    const value = coefficient[term] * counts[first[term]] * counts[second[term]];
    sums[kind[term]] += value;
    if (kind[term] === KIND.macs && layer[term] >= 0) layers[layer[term]] += value;
  }
  return { macs: sums[KIND.macs], params: sums[KIND.params], activations: sums[KIND.activations], layers };
}

/** The same at every sparsity of an ascending grid at once, of each resource one number a point. */
export function priceCurve(network, deciders, grid) {
  const { kind, coefficient, first, second, members, offsets } = network.terms;
  const points = grid.length;
  const lifetime = new Int32Array(network.unitCount);
  for (let unit = 0; unit < lifetime.length; unit++) lifetime[unit] = pointsAlive(deciders, unit, grid);
  const sets = offsets.length - 1;
  const counts = new Int32Array(sets * points); // how many of each set are alive at each point
  for (let set = 0; set < sets; set++) {
    const row = set * points;
    for (let at = offsets[set]; at < offsets[set + 1]; at++) {
      const lived = lifetime[members[at]];
      if (lived > 0) counts[row + lived - 1]++;
    }
    for (let point = points - 2; point >= 0; point--) counts[row + point] += counts[row + point + 1];
  }
  const curve = Object.fromEntries(RESOURCES.map((name) => [name, new Float64Array(points)]));
  const of = { [KIND.macs]: curve.macs, [KIND.params]: curve.params, [KIND.activations]: curve.activations };
  for (let term = 0; term < kind.length; term++) {
    const total = of[kind[term]];
    if (!total) continue;
    const [a, b] = [first[term] * points, second[term] * points];
    for (let point = 0; point < points; point++) {
      total[point] += coefficient[term] * counts[a + point] * counts[b + point];
    }
  }
  return curve;
}

function countSets(network, alive) {
  const { members, offsets } = network.terms;
  const counts = new Float64Array(offsets.length - 1);
  for (let set = 0; set < counts.length; set++) {
    let count = 0;
    for (let at = offsets[set]; at < offsets[set + 1]; at++) count += alive[members[at]];
    counts[set] = count;
  }
  return counts;
}

/** At how many points of the ascending grid a unit is kept. */
function pointsAlive(deciders, unit, grid) {
  let [low, high] = [0, grid.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAlive(deciders, unit, grid[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
