/** A layer's time over its width: a staircase, whose edges are where its kernels take one more vector. */
import { layerTimeCurve } from "./times.js";
/** @import { Evaluated, Staircase, StepKind } from "../types.d.ts" */

const LOWER = 0.9; // of the seconds: what counts as a step down

/**
 * What the layer takes with 1 neuron, with 2, ..., with all. Its neurons go in the order of the method, those tied to
 * them go along, and every other layer is as the plan has it.
 * @param {Evaluated} model one with times
 * @param {number} layer
 * @param {StepKind} kind
 * @returns {Staircase | null} null where there is no table, or where the layer cannot become narrower
 */
export function staircase({ network, ranking, plan, timed }, layer, kind) {
  const widths = network.neurons[layer];
  if (!timed || !network.layers[layer].prunable) return null;
  const lifetimes = Int32Array.from(plan.alive, (kept) => (kept ? widths : 0));
  let wider = 0; // the width with the neurons that go later
  for (const [unit, neurons] of byDeath(network.units, network.starts[layer], network.starts[layer + 1], ranking)) {
    wider += neurons;
    lifetimes[unit] = unit ? widths - wider + 1 : widths; // unit 0 always stays
  }
  const seconds = layerTimeCurve(timed.times, kind, layer, lifetimes, widths).reverse();
  const at = plan.kept[layer];
  return { seconds, at, below: stepBelow(seconds, at) };
}

/**
 * The layer's units, those that go last first, each with how many of its neurons it holds.
 * @param {Int32Array} units
 * @param {number} start
 * @param {number} stop
 * @param {Evaluated["ranking"]} ranking
 */
function byDeath(units, start, stop, { deaths }) {
  const held = new Map();
  for (let at = start; at < stop; at++) held.set(units[at], (held.get(units[at]) ?? 0) + 1);
  return [...held].sort(([a], [b]) => (deaths[a] === deaths[b] ? a - b : deaths[b] > deaths[a] ? 1 : -1));
}

/**
 * The largest smaller width at which the layer is clearly faster; 0 where there is none.
 * @param {Float64Array} seconds of width 1 and up
 * @param {number} at
 */
function stepBelow(seconds, at) {
  for (let width = at - 1; width >= 1; width--) if (seconds[width - 1] <= LOWER * seconds[at - 1]) return width;
  return 0;
}
