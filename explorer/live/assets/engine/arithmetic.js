/** One neuron through the pipeline: each number of each formula, with the settings that stand now. */
import { equalScores } from "./plateau.js";
import { weightsOf } from "./reweighting.js";
import { ofLayer } from "./steps.js";
/** @import { Arithmetic, Costed, Network, Plan, Ranking, Settings, Steps } from "../types.d.ts" */

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {Ranking} ranking
 * @param {Plan} plan
 * @param {Steps} steps from `stepScores`
 * @param {number} at the neuron, numbered through all layers
 * @returns {Arithmetic} `resources` is null where the method knows no costs
 */
export function arithmetic(network, settings, ranking, plan, steps, at) {
  const layer = network.layerOf[at];
  return {
    importance: { score: steps.importance[at], ...place(network, steps.importance, layer, at) },
    balance: balancing(network, steps, layer, at),
    resources: weighing(network, settings, ranking, steps, layer, at),
    threshold: selecting(network, ranking, plan, layer, at),
  };
}

/**
 * Where the neuron stands among those of its layer: rank 1 is the highest, equals share a rank.
 * @param {Network} network
 * @param {Float32Array} scores
 * @param {number} layer
 * @param {number} at
 */
function place(network, scores, layer, at) {
  const own = ofLayer(network, scores, layer);
  return { rankInLayer: 1 + own.filter((score) => score > scores[at]).length, neurons: own.length };
}

/**
 * @param {Network} network
 * @param {Steps} steps
 * @param {number} layer
 * @param {number} at
 */
function balancing(network, steps, layer, at) {
  const means = network.layers.map((_, one) => mean(ofLayer(network, steps.importance, one)));
  const highestLayer = means.reduce((best, value, one) => (value > means[best] ? one : best), 0);
  return {
    before: steps.importance[at],
    mean: means[layer],
    highest: means[highestLayer],
    highestLayer,
    factor: steps.factors.balance[layer],
    after: steps.balance[at],
  };
}

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {Ranking} ranking
 * @param {Steps} steps
 * @param {number} layer
 * @param {number} at
 */
function weighing(network, settings, { seconds }, steps, layer, at) {
  const { relative, resources } = steps.factors;
  if (!relative) return null;
  /** @type {Record<Costed, Float64Array | null>} */
  const costs = { ...network.costs, seconds };
  const weights = weightsOf(network.methods[settings.method].cost, settings);
  const exponentials = relative.map((share) => Math.exp(-share));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return {
    before: steps.balance[at],
    parts: weights.map(([name, weight]) => {
      const values = costs[name] ?? new Float64Array(1);
      const most = largest(values);
      return { name, weight, value: values[layer], most, share: values[layer] / most };
    }),
    relative: relative[layer],
    exponential: exponentials[layer],
    total,
    softmax: exponentials[layer] / total,
    lam: settings.lam,
    factor: resources[layer],
    after: steps.resources[at],
  };
}

/**
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Plan} plan
 * @param {number} layer
 * @param {number} at
 */
function selecting(network, ranking, plan, layer, at) {
  const { ordered, ranks } = ranking.pools[ranking.layerwise ? layer : 0];
  const kept = Math.trunc(ordered.length * (1 - plan.sparsity));
  const rank = ranks[ranking.layerwise ? at - network.starts[layer] : at];
  return {
    score: ranking.scores[at],
    rank: rank + 1,
    neurons: ordered.length,
    sparsity: plan.sparsity,
    kept,
    threshold: kept ? ordered[kept - 1] : null,
    passes: rank < kept,
    equal: equalScores(ranking, plan.sparsity).find(
      (one) => one.score === ranking.scores[at] && (one.layer === null || one.layer === layer),
    ),
    layerwise: ranking.layerwise,
  };
}

/** @param {Float32Array} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {Float64Array} values */
function largest(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
