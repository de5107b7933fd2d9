/**
 * Plateaus, neurons of one score, as `ranp.selection.plateau` has them: `cut` sets an order among them, of each layer
 * the same share at a time; under `keep`, the paper's rule, they share the best rank and stay together.
 */
/** @import { EqualScores, Plateau, Ranking } from "../types.d.ts" */

/**
 * Each neuron's rank in a pool, how many are kept longer, from the neurons in descending order of their scores.
 * @param {Int32Array} order the neurons, from the highest score
 * @param {Float32Array} ordered their scores
 * @param {(neuron: number) => number} layerOf
 * @param {Plateau} plateau
 */
export function ranksOf(order, ordered, layerOf, plateau) {
  const ranks = new Int32Array(order.length);
  for (let start = 0; start < order.length; ) {
    let stop = start + 1;
    while (stop < order.length && ordered[stop] === ordered[start]) stop++;
    const equals = order.subarray(start, stop);
    if (stop - start > 1 && plateau !== "keep") equals.set(inOrder(equals, layerOf));
    for (let place = start; place < stop; place++) ranks[order[place]] = plateau === "keep" ? start : place;
    start = stop;
  }
  return ranks;
}

/**
 * The neurons of a plateau, from the one that is kept longest.
 * @param {Int32Array} equals
 * @param {(neuron: number) => number} layerOf
 */
function inOrder(equals, layerOf) {
  const ascending = Int32Array.from(equals).sort();
  /** @type {Map<number, number>} */
  const sizes = new Map();
  for (const neuron of ascending) sizes.set(layerOf(neuron), (sizes.get(layerOf(neuron)) ?? 0) + 1);
  const left = new Map(sizes); // of the layer's in the plateau, the neuron itself included
  const entries = Array.from(ascending, (neuron) => {
    const layer = layerOf(neuron);
    const remaining = left.get(layer) ?? 0;
    left.set(layer, remaining - 1);
    return { neuron, layer, share: remaining / (sizes.get(layer) ?? 1) };
  });
  // A neuron goes once that share of the plateau has gone; equal fractions are equal floats.
  return entries.sort((a, b) => b.share - a.share || b.layer - a.layer).map(({ neuron }) => neuron);
}

/**
 * The plateaus through which a sparsity's threshold goes: at most one of the network, or one of each layer.
 * @param {Ranking} ranking
 * @param {number} sparsity
 * @returns {EqualScores[]} before ties between layers
 */
export function equalScores(ranking, sparsity) {
  /** @type {EqualScores[]} */
  const found = [];
  ranking.pools.forEach(({ ordered }, layer) => {
    const kept = Math.trunc(ordered.length * (1 - sparsity));
    if (!kept || ordered[kept] !== ordered[kept - 1]) return;
    let [first, end] = [kept - 1, kept + 1];
    while (first > 0 && ordered[first - 1] === ordered[kept]) first--;
    while (end < ordered.length && ordered[end] === ordered[kept]) end++;
    const [neurons, asked] = [end - first, kept - first];
    found.push({
      score: ordered[kept],
      neurons,
      asked,
      kept: ranking.plateau === "keep" ? neurons : asked,
      layer: ranking.layerwise ? layer : null,
    });
  });
  return found;
}
