/**
 * A plan at one sparsity, and the sparsity that meets a budget: what `ranp.plan.prune` decides, neuron by neuron and
 * MAC by MAC; a browser test compares the two.
 */
import { price, priceCurve } from "./pricing.js";
import { isAlive, reaches, sparsityKeeping } from "./ranking.js";
/** @import { Costs, Goal, Network, Numbers, Plan, Ranking, Resource } from "../types.d.ts" */

/** @type {Resource[]} */
const RESOURCES = ["macs", "params", "activations"];
const JUST_PAST = 1e-9; // more than a sparsity's rounding error, less than one neuron of any network

/** What became of a neuron, and whether its own score or its ties decided (explorer/facts.py, Fate). */
export const FATE = { KEPT: 0, REMOVED: 1, RESCUED: 2, DROPPED: 3 };

/**
 * Everything that the charts and figures show of one sparsity.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {number} sparsity
 */
export function planAt(network, ranking, sparsity) {
  const alive = new Uint8Array(network.unitCount);
  for (let unit = 0; unit < alive.length; unit++) alive[unit] = isAlive(ranking.deciders, unit, sparsity) ? 1 : 0;
  return planOf(network, { sparsity, firstEmpty: ranking.firstEmpty }, alive);
}

/**
 * The same of any choice of units.
 * @param {Network} network
 * @param {Pick<Plan, "sparsity" | "firstEmpty">} of which layer would be the first without a neuron, if one is
 * @param {Uint8Array} alive which units are kept
 * @returns {Plan}
 */
export function planOf(network, { sparsity, firstEmpty }, alive) {
  const kept = new Int32Array(network.layers.length);
  let left = 0;
  for (let at = 0; at < network.total; at++) {
    if (alive[network.units[at]]) {
      kept[network.layerOf[at]]++;
      left++;
    }
  }
  const feasible = kept.every((count) => count > 0);
  return {
    sparsity,
    alive,
    kept,
    left,
    feasible,
    firstEmpty: feasible ? -1 : firstEmpty,
    achieved: 1 - left / network.total,
    costs: price(network, alive),
  };
}

/**
 * The full network's costs.
 * @param {Network} network
 */
export function fullCosts(network) {
  return price(network, new Uint8Array(network.unitCount).fill(1));
}

/**
 * The k-th highest score of each pool, as a share of the highest; null where nothing of the pool is selected.
 * @param {Ranking} ranking
 * @param {number} sparsity
 */
export function thresholds(ranking, sparsity) {
  return ranking.pools.map(({ ordered }) => {
    const kept = Math.trunc(ordered.length * (1 - sparsity));
    return kept ? ordered[kept - 1] / ranking.highest : null;
  });
}

/**
 * Of every neuron, whether it is kept, and whether its own score says so.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Plan} plan
 */
export function fates(network, ranking, plan) {
  const became = new Uint8Array(network.total);
  for (let at = 0; at < became.length; at++) {
    const passes = reaches(network, ranking, plan.sparsity, at);
    if (plan.alive[network.units[at]]) became[at] = passes ? FATE.KEPT : FATE.RESCUED;
    else became[at] = passes ? FATE.DROPPED : FATE.REMOVED;
  }
  return became;
}

/**
 * Costs over a grid of sparsities, as shares of the full network.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Numbers} grid
 * @param {Costs} full
 */
export function curveOf(network, ranking, grid, full) {
  const curve = priceCurve(network, ranking.deciders, grid);
  for (const name of RESOURCES) {
    const values = curve[name];
    values.forEach((value, point) => (values[point] = full[name] ? value / full[name] : 0));
  }
  return curve;
}

/**
 * How much of what the full network costs a share leaves, rounding errors granted (ranp/selection/advice.py).
 * @param {number} share
 * @param {number} full
 */
export function allowance(share, full) {
  return share * full * (1 + 2 ** -50);
}

/**
 * The smallest sparsity that leaves at most that share of what the full network costs.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {(plan: Plan) => number} cost
 * @param {number} full the full network's
 * @param {number} share
 * @returns {Goal} where it cannot be met: the largest feasible sparsity; `least` is a share, too.
 */
export function sparsityFor(network, ranking, cost, full, share) {
  const found = sparsityLeaving(network, ranking, cost, allowance(share, full));
  return { ...found, least: found.least / full };
}

/**
 * The smallest sparsity whose plan costs at most so much; the cost never rises as neurons go.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {(plan: Plan) => number} cost
 * @param {number} allowed
 * @returns {Goal} where there is none: the largest feasible sparsity; `least` is what that costs.
 */
export function sparsityLeaving(network, ranking, cost, allowed) {
  /** @param {number} sparsity */
  const costAt = (sparsity) => cost(planAt(network, ranking, sparsity));
  const least = costAt(ranking.maxFeasible);
  if (least > allowed) return { sparsity: ranking.maxFeasible, met: false, least };
  const grid = distinctSparsities(network, ranking);
  let [low, high] = [0, grid.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (costAt(grid[middle]) <= allowed) high = middle;
    else low = middle + 1;
  }
  // A point is the largest sparsity with its masks; the smallest lies just past the point before.
  return { sparsity: low ? grid[low - 1] + JUST_PAST : 0, met: true, least };
}

/**
 * The smallest sparsity at which limits are met whose price may rise as neurons go, so that every plan is looked at.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {number} from the smallest at which everything else is met
 * @param {{allowed: number, costs: Numbers}[]} limits of each what plans cost at every sparsity that can change one
 * @returns {number | null} null where there is none up to the largest feasible one
 */
export function sparsityMeeting(network, ranking, from, limits) {
  const grid = distinctSparsities(network, ranking);
  for (let at = 0; at < grid.length && grid[at] <= ranking.maxFeasible; at++) {
    const meets = grid[at] >= from && limits.every(({ allowed, costs }) => costs[at] <= allowed);
    if (meets) return at ? grid[at - 1] + JUST_PAST : 0;
  }
  return null;
}

/** @type {WeakMap<Network, Map<boolean, Float64Array>>} of each network its sparsities, layer by layer or not */
const distinct = new WeakMap();

/**
 * Every sparsity at which the kept neurons can change, ascending.
 * @param {Network} network
 * @param {Ranking} ranking
 */
export function distinctSparsities(network, ranking) {
  const known = distinct.get(network) ?? new Map();
  distinct.set(network, known);
  const found = known.get(ranking.layerwise) ?? findDistinct(network, ranking);
  known.set(ranking.layerwise, found);
  return found;
}

/**
 * @param {Network} network
 * @param {Ranking} ranking
 */
function findDistinct(network, ranking) {
  const sizes = new Set(ranking.layerwise ? network.neurons : [network.total]);
  const found = new Set([1 - 2 ** -53]);
  for (const size of sizes) for (let kept = 1; kept <= size; kept++) found.add(sparsityKeeping(size, kept));
  return Float64Array.from(found).sort();
}
