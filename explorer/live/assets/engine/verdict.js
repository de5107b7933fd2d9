/** Why a neuron stays or goes: what its own score says, what guards its layer, and how the neurons tied to it vote. */
import { keptWhole, leastKept } from "./ranking.js";

/**
 * What decided: `score` its own; `held` it cannot be removed; `output`, `protected`, `tied-to-protected` its layer is
 * kept whole; `least` it is among the best of its layer, of which so many stay; `tie` a neuron that shares its channel.
 * @typedef {"score"|"held"|"output"|"protected"|"tied-to-protected"|"least"|"tie"} Reason
 */

/**
 * @typedef {object} Vote
 * @property {number} at the neuron, numbered through all layers
 * @property {boolean} stays by its own score or its layer's guard
 * @property {boolean} counts whether it has a say
 */

/**
 * @returns {{kept: boolean, passes: boolean, reason: Reason, votes: Vote[], decider: ?number, least: number}} `votes`:
 *   of all neurons that share its channel, itself first; `decider`: whose vote decided where `reason` is `tie`
 */
export function verdict(network, settings, ranking, plan, at) {
  const layer = network.layerOf[at];
  const unit = network.units[at];
  const kept = plan.alive[unit] === 1;
  const passes = reaches(network, ranking, plan, at);
  const least = leastKept(network, settings, layer);
  if (unit === 0) {
    const reason = network.layers[layer].output ? "output" : "held";
    return { kept, passes, reason, votes: [], decider: null, least };
  }
  const votes = sharing(network, unit, at).map((one) => ({
    at: one,
    stays: ranking.own[one] === Infinity || reaches(network, ranking, plan, one),
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

/** Whether the neuron's score is among the k highest of its pool. */
function reaches(network, ranking, plan, at) {
  const layer = network.layerOf[at];
  const { ranks } = ranking.pools[ranking.layerwise ? layer : 0];
  const rank = ranks[ranking.layerwise ? at - network.starts[layer] : at];
  return rank < Math.trunc(ranks.length * (1 - plan.sparsity));
}

/** The neurons of a unit, the given one first. */
function sharing(network, unit, first) {
  const found = [first];
  network.units.forEach((one, at) => one === unit && at !== first && found.push(at));
  return found;
}

function guardOf(network, settings, layer) {
  if (network.layers[layer].output) return "output";
  if (settings.protect.includes(network.layers[layer].name)) return "protected";
  return keptWhole(network, settings).has(layer) ? "tied-to-protected" : "least";
}
