/**
 * From scores to every neuron's sparsity of death: the largest sparsity at which it is still kept
 * (ranp/selection/select.py, ranp/selection/limits.py). Infinity where it is kept at any.
 *
 * A neuron of rank r (how many of its pool are kept longer) stays as long as r < k = trunc(n (1 - sparsity)).
 */
import { ranksOf } from "./plateau.js";
import { reweight } from "./reweighting.js";
import { descending } from "./sorting.js";
import { ofLayer } from "./steps.js";
/** @import { Coupling, Deciders, Network, Plateau, Pool, Ranking, Settings } from "../types.d.ts" */

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {Float64Array | null} [seconds] of each layer in the full network, where a time table tells them
 * @returns {Ranking}
 */
export function rank(network, settings, seconds = null) {
  const scores = reweight(network, settings, seconds);
  const { layerwise } = network.methods[settings.method];
  const { plateau = "cut" } = settings;
  const own = new Float64Array(network.total);
  const pools = layerwise
    ? network.layers.map((_, layer) => pool(ofLayer(network, scores, layer), () => layer, plateau))
    : [pool(scores, (neuron) => network.layerOf[neuron], plateau)];
  pools.forEach((one, index) => {
    const start = layerwise ? network.starts[index] : 0;
    for (let at = 0; at < one.ranks.length; at++) own[start + at] = one.deaths[one.ranks[at]];
  });
  guard(network, settings, scores, own);
  const { deaths, decider } = resolve(network, settings.coupling, own);
  const deciders = deciding(network, pools, layerwise, own, decider);
  const ends = new Float64Array(network.layers.length);
  for (let at = 0; at < network.total; at++) {
    const layer = network.layerOf[at];
    ends[layer] = Math.max(ends[layer], deaths[network.units[at]]);
  }
  const first = ends.reduce((least, end, layer) => (end < ends[least] ? layer : least), 0);
  const empties = ends[first] < Infinity;
  return {
    scores,
    own,
    deaths,
    deciders,
    ends,
    firstEmpty: empties ? first : -1,
    maxFeasible: empties ? ends[first] : 1 - 2 ** -53,
    highest: pools.reduce((most, { ordered }) => Math.max(most, ordered[0] ?? 0), 0) || 1,
    pools,
    layerwise,
    plateau,
    seconds,
  };
}

/**
 * The pool's scores from the highest, each neuron's rank, and the sparsity of death of each rank.
 * @param {Float32Array} scores
 * @param {(neuron: number) => number} layerOf
 * @param {Plateau} plateau
 * @returns {Pool}
 */
function pool(scores, layerOf, plateau) {
  const order = descending(scores);
  const ordered = Float32Array.from(order, (neuron) => scores[neuron]);
  return { ordered, ranks: ranksOf(order, ordered, layerOf, plateau), deaths: deathsOf(scores.length) };
}

const bySize = new Map(); // the size of a pool alone decides them

/**
 * The sparsity of death of each rank in a pool of that size.
 * @param {number} size
 */
function deathsOf(size) {
  if (!bySize.has(size)) {
    bySize.set(
      size,
      Float64Array.from({ length: size }, (_, place) => sparsityKeeping(size, place + 1)),
    );
  }
  return bySize.get(size);
}

/**
 * Whether a unit is kept at a sparsity: as the library counts, rounding errors included.
 * @param {Deciders} deciders
 * @param {number} unit
 * @param {number} sparsity
 */
export function isAlive(deciders, unit, sparsity) {
  return Math.trunc(deciders.sizes[unit] * (1 - sparsity)) >= deciders.needed[unit];
}

/**
 * Whether the neuron's own rank is among the k best of its pool.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {number} sparsity
 * @param {number} at
 */
export function reaches(network, ranking, sparsity, at) {
  const layer = network.layerOf[at];
  const { ranks } = ranking.pools[ranking.layerwise ? layer : 0];
  return ranks[ranking.layerwise ? at - network.starts[layer] : at] < Math.trunc(ranks.length * (1 - sparsity));
}

/**
 * The largest sparsity, to the last rounding error, at which trunc(neurons (1 - sparsity)) is still `kept`.
 * @param {number} neurons
 * @param {number} kept
 */
export function sparsityKeeping(neurons, kept) {
  let sparsity = 1 - kept / neurons;
  while (Math.trunc(neurons * (1 - sparsity)) < kept) sparsity -= 2 ** -53;
  return sparsity;
}

/**
 * The neurons that stay whatever the threshold is: whole layers, and the best of those with a least number.
 * @param {Network} network
 * @param {Settings} settings
 * @param {Float32Array} scores
 * @param {Float64Array} own
 */
function guard(network, settings, scores, own) {
  const whole = keptWhole(network, settings);
  network.layers.forEach((_, index) => {
    const [start, stop] = [network.starts[index], network.starts[index + 1]];
    if (whole.has(index)) own.fill(Infinity, start, stop);
    const least = leastKept(network, settings, index);
    if (whole.has(index) || least <= 0) return;
    const best = Int32Array.from({ length: stop - start }, (_neuron, at) => start + at);
    best.sort((a, b) => scores[b] - scores[a] || a - b);
    best.subarray(0, least).forEach((at) => (own[at] = Infinity));
  });
}

/**
 * The layers, by number, that selection leaves whole: those of the output, and the protected ones.
 * @param {Network} network
 * @param {Settings} settings
 */
export function keptWhole(network, { coupling, protect }) {
  const whole = new Set();
  network.layers.forEach((layer, index) => layer.output && whole.add(index));
  for (const name of protect) {
    const index = network.index.get(name);
    if (index === undefined) continue; // of the network before
    whole.add(index);
    // Otherwise a tied layer could drop a protected layer's channels.
    if (coupling !== "any") network.layers[index].coupled.forEach((tied) => whole.add(network.index.get(tied)));
  }
  return whole;
}

/**
 * How many of a layer's best neurons selection leaves.
 * @param {Network} network
 * @param {Settings} settings
 * @param {number} layer
 */
export function leastKept(network, { min_neurons, caps }, layer) {
  const { name, neurons } = network.layers[layer];
  return Math.max(min_neurons, floorUnderCap(neurons, caps[name] ?? 1));
}

/**
 * How many of a layer's neurons stay where at most that share of them may be removed.
 * @param {number} neurons
 * @param {number} share
 */
function floorUnderCap(neurons, share) {
  return neurons - Math.trunc(neurons * share + 1e-9);
}

/**
 * Tied neurons die together: when the last of them would (`any`, `paper`), or the first (`all`). Unit 0 never dies.
 * @param {Network} network
 * @param {Coupling} coupling
 * @param {Float64Array} own
 */
function resolve(network, coupling, own) {
  const together = coupling === "all";
  const decider = new Int32Array(network.unitCount).fill(-1);
  for (let at = 0; at < network.total; at++) {
    const unit = network.units[at];
    if (coupling === "paper" && !network.voters[at]) continue;
    const best = decider[unit];
    if (best < 0 || (together ? own[at] < own[best] : own[at] > own[best])) decider[unit] = at;
  }
  const deaths = new Float64Array(network.unitCount).fill(Infinity);
  for (let unit = 1; unit < deaths.length; unit++) if (decider[unit] >= 0) deaths[unit] = own[decider[unit]];
  return { deaths, decider };
}

/**
 * Of each unit the size of the pool that decides, and how many neurons of it must stay for the unit to stay.
 * @param {Network} network
 * @param {Pool[]} pools
 * @param {boolean} layerwise
 * @param {Float64Array} own
 * @param {Int32Array} decider
 */
function deciding(network, pools, layerwise, own, decider) {
  const sizes = new Int32Array(network.unitCount);
  const needed = new Int32Array(network.unitCount);
  for (let unit = 1; unit < network.unitCount; unit++) {
    const at = decider[unit];
    if (own[at] === Infinity) continue; // 0 of 0 must stay: always
    const layer = network.layerOf[at];
    const { ranks } = pools[layerwise ? layer : 0];
    sizes[unit] = ranks.length;
    needed[unit] = ranks[layerwise ? at - network.starts[layer] : at] + 1;
  }
  return { sizes, needed };
}
