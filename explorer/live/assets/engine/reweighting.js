/**
 * From start scores to the scores that a method ranks by: layer balance, then resource reweighting
 * (ranp/selection/reweighting.py; arXiv 2010.02488, section 4.2). Scores are float32 as in the library, factors
 * float64.
 */
import { startOf } from "./network.js";
/** @import { Costed, Method, Network, Settings } from "../types.d.ts" */

/**
 * What multiplies each layer's start scores: `{balance, resources, product}`, each one number a layer.
 * @param {Network} network
 * @param {Settings} settings
 * @param {Float64Array | null} seconds of each layer, where a time table tells them
 */
export function factors(network, settings, seconds) {
  const { method, lam } = settings;
  const { balance: balanced, cost } = network.methods[method];
  const layers = network.layers.length;
  const balance = balanced ? startOf(network, method).balance : new Float64Array(layers).fill(1);
  const relative = relativeCosts({ ...network.costs, seconds }, cost, settings);
  const resources = new Float64Array(layers).fill(1);
  if (relative) {
    const exponentials = relative.map((share) => Math.exp(-share));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    exponentials.forEach((value, layer) => (resources[layer] = 1 + (lam * value) / total));
  }
  return { balance, relative, resources, product: balance.map((factor, layer) => factor * resources[layer]) };
}

/**
 * R of each layer: MACs, activations, seconds or their blend, each relative to the costliest layer. Null without costs.
 * @param {Record<Costed, Float64Array | null>} costs
 * @param {Method["cost"]} cost
 * @param {Settings} settings
 */
export function relativeCosts({ macs, activations, seconds }, cost, { alpha, time_share = 0 }) {
  if (!cost || !macs || !activations) return null;
  const [mostMacs, mostActivations] = [largest(macs), largest(activations)];
  if (cost === "macs") return macs.map((value) => value / mostMacs);
  if (cost === "activations") return activations.map((value) => value / mostActivations);
  const mostSeconds = seconds ? largest(seconds) : 0;
  if (cost === "seconds") return seconds && seconds.map((value) => value / mostSeconds);
  const two = macs.map((value, layer) => {
    return (alpha * value) / mostMacs + ((1 - alpha) * activations[layer]) / mostActivations;
  });
  if (!time_share || !seconds) return two;
  return two.map((value, layer) => (time_share * seconds[layer]) / mostSeconds + (1 - time_share) * value);
}

/**
 * How much each cost counts for R; what counts nothing is left out.
 * @param {Method["cost"]} cost
 * @param {Settings} settings
 * @returns {[Costed, number][]}
 */
export function weightsOf(cost, { alpha, time_share = 0 }) {
  if (cost === null) return [];
  if (cost !== "blend") return [[cost, 1]];
  /** @type {[Costed, number][]} */
  const weights = [
    ["macs", (1 - time_share) * alpha],
    ["activations", (1 - time_share) * (1 - alpha)],
    ["seconds", time_share],
  ];
  return weights.filter(([, weight]) => weight > 0);
}

/**
 * Whether the method ranks by what a time table tells.
 * @param {Network} network
 * @param {Settings} settings
 */
export function usesSeconds(network, settings) {
  return weightsOf(network.methods[settings.method].cost, settings).some(([name]) => name === "seconds");
}

/**
 * Every neuron's final score, `Float32Array (neurons of all layers)`.
 * @param {Network} network
 * @param {Settings} settings
 * @param {Float64Array | null} seconds
 */
export function reweight(network, settings, seconds) {
  const from = startOf(network, settings.method).scores;
  const { product } = factors(network, settings, seconds);
  const { balance, cost } = network.methods[settings.method];
  if (!balance && !cost) return from;
  const scores = new Float32Array(network.total);
  for (let layer = 0; layer < network.layers.length; layer++) {
    const factor = Math.fround(product[layer]);
    for (let at = network.starts[layer]; at < network.starts[layer + 1]; at++) scores[at] = from[at] * factor;
  }
  return scores;
}

/** @param {Float64Array} values */
function largest(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
