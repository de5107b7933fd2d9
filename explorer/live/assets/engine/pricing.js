/**
 * What a choice of units costs: every cost is a sum of coefficient * |kept A| * |kept B| (ranp/graph/cost.py).
 * MACs are multiply-adds, activations elements of the layers' outputs, all for one input.
 */
import { countSets, countSetsOn, lifetimesOn } from "./counting.js";
/** @import { Curve, Deciders, Network, Numbers } from "../types.d.ts" */

const KIND = { macs: 0, params: 3, activations: 4 };

/**
 * The cost with the units kept that `alive` says: `{macs, params, activations, layers: Float64Array of MACs}`.
 * @param {Network} network
 * @param {Uint8Array} alive
 */
export function price(network, alive) {
  const { kind, coefficient, first, second, layer } = network.terms;
  const counts = countSets(network.terms, alive);
  const sums = new Float64Array(6);
  const layers = new Float64Array(network.layers.length);
  for (let term = 0; term < kind.length; term++) {
    const value = coefficient[term] * counts[first[term]] * counts[second[term]];
    sums[kind[term]] += value;
    if (kind[term] === KIND.macs && layer[term] >= 0) layers[layer[term]] += value;
  }
  return { macs: sums[KIND.macs], params: sums[KIND.params], activations: sums[KIND.activations], layers };
}

/**
 * What one layer's own module costs with the units kept that `alive` says, as `cost_by_layer` of the library tells it.
 * @param {Network} network
 * @param {Uint8Array} alive
 * @param {number} at the layer
 */
export function priceLayer(network, alive, at) {
  const { kind, coefficient, first, second, layer } = network.terms;
  const counts = countSets(network.terms, alive);
  const sums = new Float64Array(6);
  for (let term = 0; term < kind.length; term++) {
    if (layer[term] === at) sums[kind[term]] += coefficient[term] * counts[first[term]] * counts[second[term]];
  }
  return { macs: sums[KIND.macs], params: sums[KIND.params], activations: sums[KIND.activations] };
}

/**
 * The same at every sparsity of an ascending grid at once, of each resource one number a point.
 * @param {Network} network
 * @param {Deciders} deciders
 * @param {Numbers} grid
 */
export function priceCurve(network, deciders, grid) {
  const { kind, coefficient, first, second } = network.terms;
  const points = grid.length;
  const counts = countSetsOn(network.terms, lifetimesOn(deciders, grid), points);
  /** @type {Curve} */
  const curve = {
    macs: new Float64Array(points),
    params: new Float64Array(points),
    activations: new Float64Array(points),
  };
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
