/**
 * From start scores to the scores that a method ranks by: layer balance, then resource reweighting
 * (ranp/selection/reweighting.py; arXiv 2010.02488, section 4.2). Scores are float32 as in the library, factors
 * float64.
 */
import { startOf } from "./network.js";
/** @import { Method, Network, Settings } from "../types.d.ts" */

/**
 * What multiplies each layer's start scores: `{balance, resources, product}`, each one number a layer.
 * @param {Network} network
 * @param {Settings} settings
 */
export function factors(network, { method, alpha, lam }) {
  const { balance: balanced, cost } = network.methods[method];
  const layers = network.layers.length;
  const balance = balanced ? startOf(network, method).balance : new Float64Array(layers).fill(1);
  const relative = relativeCosts(network, cost, alpha);
  const resources = new Float64Array(layers).fill(1);
  if (relative) {
    const exponentials = relative.map((share) => Math.exp(-share));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    exponentials.forEach((value, layer) => (resources[layer] = 1 + (lam * value) / total));
  }
  return { balance, relative, resources, product: balance.map((factor, layer) => factor * resources[layer]) };
}

/**
 * R of each layer: MACs, activations, or their blend, each relative to the costliest layer. Null without costs.
 * @param {Network} network
 * @param {Method["cost"]} cost
 * @param {number} alpha
 */
export function relativeCosts(network, cost, alpha) {
  if (!cost) return null;
  const share = cost === "macs" ? 1 : cost === "activations" ? 0 : alpha;
  const { macs, activations } = network.costs;
  const mostMacs = macs.reduce((most, value) => Math.max(most, value), 0);
  const mostActivations = activations.reduce((most, value) => Math.max(most, value), 0);
  return macs.map((value, layer) => {
    if (cost === "macs") return value / mostMacs;
    if (cost === "activations") return activations[layer] / mostActivations;
    return (share * value) / mostMacs + ((1 - share) * activations[layer]) / mostActivations;
  });
}

/**
 * Every neuron's final score, `Float32Array (neurons of all layers)`.
 * @param {Network} network
 * @param {Settings} settings
 */
export function reweight(network, settings) {
  const from = startOf(network, settings.method).scores;
  const { product } = factors(network, settings);
  const { balance, cost } = network.methods[settings.method];
  if (!balance && !cost) return from;
  const scores = new Float32Array(network.total);
  for (let layer = 0; layer < network.layers.length; layer++) {
    const factor = Math.fround(product[layer]);
    for (let at = network.starts[layer]; at < network.starts[layer + 1]; at++) scores[at] = from[at] * factor;
  }
  return scores;
}
