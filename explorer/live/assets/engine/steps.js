/**
 * The pipeline taken apart: every neuron's score after each step, and how each layer's scores lie there.
 *
 *     importance   s[l], a neuron's start score
 *     balance      s[l] * max over layers k of mean(s[k]) / mean(s[l])
 *     resources    that * (1 + lambda * softmax over layers of (-R)[l])
 *     threshold    the same scores, and which of them are high enough
 *
 * A step that the method leaves out changes nothing. Scores are float32, as in the library.
 */
import { startOf } from "./network.js";
import { factors } from "./reweighting.js";
import { spread } from "./spread.js";
/** @import { Network, Ranking, Settings, Step, Steps } from "../types.d.ts" */

/** @type {Step[]} */
export const STEPS = ["sensitivity", "importance", "balance", "resources", "threshold"];

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {Ranking} ranking
 * @returns {Steps} scores of all neurons after each step, and what each layer's scores were multiplied with
 */
export function stepScores(network, settings, ranking) {
  const { balance: balanced } = network.methods[settings.method];
  const importance = startOf(network, settings.method).scores;
  const found = factors(network, settings, ranking.seconds);
  return {
    importance,
    balance: balanced ? scaled(network, importance, found.balance) : importance,
    resources: ranking.scores,
    threshold: ranking.scores,
    factors: found,
  };
}

/**
 * One spread a layer.
 * @param {Network} network
 * @param {Float32Array} scores
 */
export function layerSpreads(network, scores) {
  return network.layers.map((_, layer) => spread(ofLayer(network, scores, layer)));
}

/**
 * A layer's part of what is given for all neurons.
 * @param {Network} network
 * @param {Float32Array} values
 * @param {number} layer
 */
export function ofLayer(network, values, layer) {
  return values.subarray(network.starts[layer], network.starts[layer + 1]);
}

/**
 * Whether the method takes a step; one that it leaves out changes no score.
 * @param {Network} network
 * @param {Settings} settings
 * @param {string} step
 */
export function takes(network, settings, step) {
  const method = network.methods[settings.method];
  if (step === "sensitivity") return method.scores === "sensitivity";
  if (step === "balance") return method.balance;
  if (step === "resources") return method.cost !== null;
  return true;
}

/**
 * @param {Network} network
 * @param {Float32Array} scores
 * @param {Float64Array} factorOf
 */
function scaled(network, scores, factorOf) {
  const result = new Float32Array(network.total);
  for (let at = 0; at < network.total; at++) result[at] = scores[at] * Math.fround(factorOf[network.layerOf[at]]);
  return result;
}
