/** Why a neuron stays or goes: what its own score says, what guards its layer, and how the neurons tied to it vote. */
import { keptWhole, leastKept, reaches } from "./ranking.js";
/** @import { Network, Plan, Ranking, Settings, Verdict } from "../types.d.ts" */

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {Ranking} ranking
 * @param {Plan} plan
 * @param {number} at
 * @returns {Verdict}
 */
export function verdict(network, settings, ranking, plan, at) {
  const unit = network.units[at];
  const plain = plan.snap?.plain ?? plan;
  const found = selecting(network, settings, ranking, plain, at);
  if (plain.alive[unit] === plan.alive[unit]) return found;
  return { ...found, kept: plan.alive[unit] === 1, reason: plan.alive[unit] ? "came-back" : "went" };
}

/**
 * Before counts are moved to fast ones.
 * @param {Network} network
 * @param {Settings} settings
 * @param {Ranking} ranking
 * @param {Plan} plan
 * @param {number} at
 * @returns {Verdict}
 */
function selecting(network, settings, ranking, plan, at) {
  const layer = network.layerOf[at];
  const unit = network.units[at];
  const kept = plan.alive[unit] === 1;
  const passes = reaches(network, ranking, plan.sparsity, at);
  const least = leastKept(network, settings, layer);
  if (unit === 0) {
    const reason = network.layers[layer].output ? "output" : "held";
    return { kept, passes, reason, votes: [], decider: null, least };
  }
  const votes = sharing(network, unit, at).map((one) => ({
    at: one,
    stays: ranking.own[one] === Infinity || reaches(network, ranking, plan.sparsity, one),
    counts: settings.coupling !== "paper" || network.voters[one] === 1,
  }));
  const guard = ranking.own[at] === Infinity ? guardOf(network, settings, layer) : null;
  const [own] = votes;
  if (own.counts && own.stays === kept) {
    return { kept, passes, reason: guard && kept && !passes ? guard : "score", votes, decider: null, least };
  }
  const decider = votes.find((vote) => vote.counts && vote.stays === kept);
  // Where no neuron of the unit has a say, it stays.
  return { kept, passes, reason: decider ? "tie" : "held", votes, decider: decider?.at ?? null, least };
}

/**
 * The neurons of a unit, the given one first.
 * @param {Network} network
 * @param {number} unit
 * @param {number} first
 */
function sharing(network, unit, first) {
  const found = [first];
  network.units.forEach((one, at) => one === unit && at !== first && found.push(at));
  return found;
}

/**
 * @param {Network} network
 * @param {Settings} settings
 * @param {number} layer
 */
function guardOf(network, settings, layer) {
  if (network.layers[layer].output) return "output";
  if (settings.protect.includes(network.layers[layer].name)) return "protected";
  return keptWhole(network, settings).has(layer) ? "tied-to-protected" : "least";
}
