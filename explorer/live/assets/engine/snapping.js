/**
 * Fast widths: neurons come back, or go, up to the edge of a step of the staircase of seconds. What is worth it, and in
 * which order, is said in ranp/selection/counts/snapping.py; a test compares the two neuron by neuron.
 */
import { lifetimesOn } from "./counting.js";
import { distinctSparsities, planOf } from "./plan.js";
import { callsOf, timeOfCalls } from "./times.js";
/** @import { Coupling, Network, Plan, Ranking, Snap, Times } from "../types.d.ts" */

const WORTH = 2; // how many times less than its price a unit costs that comes back, or more one that goes

/** @typedef {{number: number, units: Int32Array, held: number, most: number}} Group units, best first */

/**
 * The plan at fast widths; itself where nothing moves, and where a layer is empty.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Coupling} coupling
 * @param {Times} times
 * @param {Plan} plain
 * @param {"add" | "drop"} how
 * @param {(plan: Plan) => boolean} within whether a plan meets all budgets
 * @returns {Plan}
 */
export function snapped(network, ranking, coupling, times, plain, how, within) {
  if (!plain.feasible) return plain;
  const { groups, place } = orderOf(network, ranking, coupling);
  let plan = plain;
  const turns = groups
    .map((group) => ({ group, kept: group.units.reduce((sum, unit) => sum + plain.alive[unit], 0) }))
    .map(({ group, kept }) => ({ group, kept, turn: turnOf(group, kept, place, how) }))
    .sort((a, b) => a.turn - b.turn);
  for (const { group, kept } of turns) {
    for (const width of widths(times, group, kept, plan.alive, how)) {
      const changed = Uint8Array.from(plan.alive);
      group.units.forEach((unit, at) => (changed[unit] = at < width ? 1 : 0));
      const next = planOf(network, plain, changed);
      if (!within(next)) continue;
      plan = next;
      break;
    }
  }
  return plan;
}

/** @type {WeakMap<Ranking, {groups: Group[], place: Int32Array}>} */
const ordered = new WeakMap();

/**
 * The units that the same layers have, and each unit's place among all, the best first.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Coupling} coupling
 */
function orderOf(network, ranking, coupling) {
  const known = ordered.get(ranking);
  if (known) return known;
  const grid = distinctSparsities(network, ranking);
  const lives = lifetimesOn(ranking.deciders, grid);
  const worth = worthOf(network, ranking, coupling);
  const order = Int32Array.from({ length: network.unitCount }, (_, unit) => unit).sort(
    (a, b) => lives[b] - lives[a] || (worth[a] === worth[b] ? a - b : worth[b] > worth[a] ? 1 : -1),
  );
  const place = new Int32Array(network.unitCount);
  order.forEach((unit, at) => (place[unit] = at));
  const groups = membersOf(network).map((members, number) => {
    const units = Int32Array.from(members).sort((a, b) => place[a] - place[b]);
    const held = units.reduce((sum, unit) => sum + (lives[unit] >= grid.length ? 1 : 0), 0);
    const most = units.reduce((sum, unit) => sum + (lives[unit] > 0 ? 1 : 0), 0);
    return { number, units, held: Math.max(1, held), most };
  });
  const found = { groups, place };
  ordered.set(ranking, found);
  return found;
}

/** @type {WeakMap<Network, number[][]>} */
const parted = new WeakMap();

/**
 * The units that can go, by the layers that have them.
 * @param {Network} network
 */
function membersOf(network) {
  const known = parted.get(network);
  if (known) return known;
  /** @type {number[][]} */
  const owners = Array.from({ length: network.unitCount }, () => []);
  network.units.forEach((unit, at) => {
    const layer = network.layerOf[at];
    if (owners[unit].at(-1) !== layer) owners[unit].push(layer);
  });
  /** @type {Map<string, number[]>} */
  const parts = new Map();
  owners.forEach((layers, unit) => {
    if (!unit || !layers.length) return;
    const key = layers.join();
    const part = parts.get(key) ?? [];
    parts.set(key, part);
    part.push(unit);
  });
  const found = [...parts.values()];
  parted.set(network, found);
  return found;
}

/**
 * Each unit's score, as its neurons decide: the highest, or under coupling `all` the lowest (counts/worth.py).
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Coupling} coupling
 */
function worthOf(network, { scores }, coupling) {
  const lowest = coupling === "all";
  const worth = new Float64Array(network.unitCount).fill(lowest ? Infinity : -Infinity);
  network.units.forEach((unit, at) => {
    if (coupling === "paper" && !network.voters[at]) return;
    if (lowest ? scores[at] < worth[unit] : scores[at] > worth[unit]) worth[unit] = scores[at];
  });
  return worth;
}

/**
 * When the group is looked at, by the unit that is the first to come back or to go.
 * @param {Group} group
 * @param {number} kept
 * @param {Int32Array} place
 * @param {"add" | "drop"} how
 */
function turnOf({ units }, kept, place, how) {
  if (how === "add") return place[units[Math.min(kept, units.length - 1)]];
  return -place[units[Math.max(kept - 1, 0)]];
}

/**
 * The widths that are worth it, the best first.
 * @param {Times} times
 * @param {Group} group
 * @param {number} kept
 * @param {Uint8Array} alive
 * @param {"add" | "drop"} how
 */
function widths(times, group, kept, alive, how) {
  const { most } = group;
  const fewest = Math.min(kept, group.held);
  const [from, to] = how === "add" ? [kept + 1, most] : [fewest, kept - 1];
  if (from > to) return [];
  const seconds = secondsAt(times, group, fewest, alive);
  const price = Math.max(0, (seconds[most - fewest] - seconds[0]) / (most - fewest));
  const factor = how === "add" ? 1 / WORTH : WORTH;
  const gains = new Map();
  for (let width = from; width <= to; width++) {
    const gain = factor * price * (width - kept) - seconds[width - fewest] + seconds[kept - fewest];
    if (gain > 0) gains.set(width, gain);
  }
  return [...gains.keys()].sort((a, b) => gains.get(b) - gains.get(a) || b - a);
}

/**
 * The seconds of a training step with the fewest units of the group, with one more, up to the most; calls that do not
 * hang on it are left out, since the same at every width.
 * @param {Times} times
 * @param {Group} group
 * @param {number} fewest
 * @param {Uint8Array} alive
 */
function secondsAt(times, { number, units, most }, fewest, alive) {
  const points = most - fewest + 1;
  const lifetimes = Int32Array.from(alive, (kept) => (kept ? points : 0));
  units.forEach((unit, at) => (lifetimes[unit] = Math.min(points, Math.max(0, most - at))));
  return timeOfCalls(times, "training", callsOf(times, number, units), lifetimes, points).reverse();
}

/**
 * What snapping did to a plan: what came back or went, and what both take.
 * @param {Plan} plain
 * @param {Plan} plan
 * @param {(plan: Plan) => number} seconds of a training step
 * @returns {Snap}
 */
export function snapOf(plain, plan, seconds) {
  const moved = plan.left - plain.left;
  return {
    plain,
    added: Math.max(0, moved),
    removed: Math.max(0, -moved),
    seconds: { before: seconds(plain), after: seconds(plan) },
  };
}
