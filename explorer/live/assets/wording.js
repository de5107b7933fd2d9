/** What the component says, as explorer/wording.py says it. A sentence is a list of texts; `{strong}` is stressed. */
import { FATE } from "./engine/plan.js";
import { MOST_BATCH } from "./engine/moments.js";
import { equalScores } from "./engine/plateau.js";
import { asked, atLeast, atMost, binary, duration, percent, short, significant, whole } from "./format.js";
/** @import { Training } from "./types.d.ts" */
/** @import { Evaluated, Goal, Model, Network, Sentence, Settings, Staircase } from "./types.d.ts" */

/** @param {string} text */
const strong = (text) => ({ strong: text });

/**
 * What a plan does.
 * @param {Evaluated} model
 * @returns {Sentence}
 */
export function outcome({ network, settings, plan, full }) {
  const removed = `${whole(network.total - plan.left)} of ${whole(network.total)} neurons`;
  return [
    `${network.methods[settings.method].title} removes `,
    strong(removed),
    ": ",
    strong(percent(plan.costs.macs / full.macs)),
    " of the MACs and ",
    strong(percent(plan.costs.activations / full.activations)),
    " of the activation memory are left.",
  ];
}

/**
 * What moving to fast widths did.
 * @param {Evaluated} model
 * @returns {Sentence} nothing where it did not take place
 */
export function fast({ plan, full }) {
  if (!plan.snap) return [];
  const { plain, added, removed, seconds } = plan.snap;
  const moved = added || removed;
  if (!moved) return [" Its widths are fast already."];
  const [before, after] = [plain, plan].map(({ costs }) => percent(costs.macs / full.macs));
  return [
    " At fast widths, ",
    strong(`${whole(moved)} neuron${moved === 1 ? "" : "s"} ${added ? "more" : "fewer"}`),
    `: ${after} of the MACs instead of ${before}, a training step of ${duration(seconds.after)} `,
    `instead of ${duration(seconds.before)}.`,
  ];
}

/**
 * Why there is no network at this sparsity, and up to where there is one.
 * @param {Evaluated} model
 * @returns {Sentence}
 */
export function infeasible({ network, ranking, plan }) {
  const layer = network.layers[plan.firstEmpty]?.name;
  const empty = layer ? [", layer ", strong(layer), " has no neuron left"] : [", a layer has no neuron left"];
  const largest = percent(atMost(ranking.maxFeasible, 4), 2);
  return [
    `At a sparsity of ${percent(plan.sparsity, 2)}`,
    ...empty,
    `: there is no network to build. The largest that works is ${largest}.`,
  ];
}

/**
 * Why a target cannot be met, and what can.
 * @param {Evaluated} model
 * @returns {Sentence}
 */
export function unmet({ network, ranking, target }) {
  if (!target.limit) return [];
  const budget = network.budgets[target.limit.target];
  const layer = network.layers[ranking.firstEmpty]?.name;
  const [least, sparsity] = [atLeast(target.least, 4), atMost(target.sparsity, 4)];
  return [
    `No plan leaves at most ${asked(target.limit.share)} of the ${budget.resource}`,
    ...(layer ? [" without emptying layer ", strong(layer)] : []),
    `. The least is ${percent(least, 2)}, at a sparsity of ${percent(sparsity, 2)}.`,
  ];
}

/**
 * Whether a training step fits on the card.
 * @param {{settings: Settings, training: Training | null}} model
 * @returns {Sentence} nothing without moments
 */
export function fit({ settings: { batch, card }, training }) {
  if (!training) return [];
  const { before, after, fit: largest } = training;
  const step = `With batch ${whole(batch)}, a training step`;
  if (after === null || largest.after === null) {
    return [`There is no network to train. ${step} of the full one holds ${binary(before)} at its peak.`];
  }
  const fits = batch <= largest.after;
  const against = !fits ? "" : batch <= largest.before ? ", as in full" : ", which the full network does not";
  return [
    `${step} holds `,
    strong(binary(after)),
    ` at its peak instead of ${binary(before)}: it `,
    strong(fits ? "fits" : "does not fit"),
    ` on a card of ${card} GiB${against}. `,
    ...largestOf(largest.before, largest.after),
  ];
}

/**
 * What is said where no plan of the method fits.
 * @param {Goal} goal
 * @returns {Sentence}
 */
export function unfitting({ least }) {
  return [` No plan of this method fits with this batch: the least that one holds is ${binary(least)}.`];
}

/**
 * @param {number} full
 * @param {number} pruned
 * @returns {Sentence}
 */
function largestOf(full, pruned) {
  if (!pruned) return ["Not even one example fits."];
  if (pruned === MOST_BATCH) return ["Any batch fits: nothing that the step holds grows with it."];
  const most = strong(whole(pruned));
  if (!full) return ["The largest batch is ", most, "; of the full network, not even one example fits."];
  return ["The largest batch is ", most, full === pruned ? ", as in full." : ` instead of ${whole(full)}.`];
}

/**
 * What became of neurons whose common score is the threshold, a sentence a plateau (ranp/selection/plateau.py,
 * in_words).
 * @param {Pick<Evaluated, "network" | "ranking" | "plan">} model
 * @param {number} [most]
 */
export function equals({ network, ranking, plan }, most = 3) {
  const found = equalScores(ranking, plan.sparsity);
  const more = found.length - most;
  const rest = more > 0 ? [`so it is in ${more} other layer${more > 1 ? "s" : ""}`] : [];
  const told = found.slice(0, most).map(({ score, neurons, asked: wanted, kept, layer }) => {
    const where = layer === null ? "" : ` of '${network.layers[layer].name}'`;
    const start = `${neurons} neurons${where} score ${significant(score)}, where the line falls`;
    if (kept === neurons) return `${start}: all of them are kept, so ${neurons - wanted} fewer go than asked for`;
    const own = layer === null ? ", and each layer gives up the same share of its own" : ", the first ones";
    return `${start}: ${kept} of them ${kept === 1 ? "is" : "are"} kept${own}`;
  });
  return [...told, ...rest].map((sentence) => ` ${sentence}.`);
}

/**
 * One layer, in lines.
 * @param {Model} model
 * @param {number} at
 */
export function aboutLayer({ network, plan, full, settings }, at) {
  const layer = network.layers[at];
  const [before, after] = [full.layers[at] / full.macs, plan.costs.layers[at] / full.macs];
  const lines = [
    `${layer.name} (${layer.kind})`,
    `${plan.kept[at]} of ${layer.neurons} neurons kept (${percent(plan.kept[at] / layer.neurons, 0)})`,
    `${percent(before)} of the full network's MACs, now ${percent(after)}`,
  ];
  const held = [layer.held, settings.protect.includes(layer.name) && "protected: kept whole"].filter(Boolean);
  if (held.length) lines.push(held.join("; "));
  const cap = settings.caps[layer.name];
  if (cap !== undefined) lines.push(`capped: at most ${percent(cap, 0)} removed`);
  if (layer.coupled.length) {
    const others = layer.coupled.length - 3;
    const shown = layer.coupled
      .slice(0, 3)
      .map((name) => short(name))
      .join(", ");
    lines.push(`tied to ${shown}${others > 0 ? ` and ${others} more` : ""}`);
  }
  return lines;
}

/**
 * Where a layer stands on the staircase of its time.
 * @param {Staircase} stairs
 */
export function stairs({ seconds, at, below }) {
  const all = `with all ${whole(seconds.length)}, ${duration(seconds[seconds.length - 1])}`;
  if (!at) return `The layer is empty; ${all} of a training step.`;
  const takes = `the layer takes ${duration(seconds[at - 1])} of a training step`;
  const now = `With ${whole(at)} neuron${at === 1 ? "" : "s"} ${takes}`;
  const step = below ? ` The next step down is at ${whole(below)}: ${duration(seconds[below - 1])}.` : "";
  return `${now}${at < seconds.length ? `; ${all}` : ""}.${step}`;
}

/**
 * Which part of the network is not free, beside the output, and why: the first such layer for all.
 * @param {Network} network
 */
export function heldBack({ layers }) {
  const found = layers.filter(({ frozen, output, held }) => frozen > 0 && !output && held);
  if (!found.length) return "";
  const [{ name, held }] = found;
  const reason = (held ?? "").split("; ")[0];
  const others = found.length > 1 ? " Choose another to read its reason." : "";
  const part = `${found.length} of ${layers.length} layers, hatched, ${found.length > 1 ? "have" : "has"}`;
  return `Beside the output, ${part} neurons that always stay. ${name}: ${reason}.${others}`;
}

/**
 * What became of a neuron, in words.
 * @param {Model} model
 * @param {number} at
 */
export function fateOf({ network, ranking, plan, fates }, at) {
  const { ordered } = ranking.pools[ranking.layerwise ? network.layerOf[at] : 0];
  const kept = Math.trunc(ordered.length * (1 - plan.sparsity));
  const equal = fates[at] === FATE.REMOVED && kept && ranking.scores[at] === ordered[kept - 1];
  return equal ? "removed: its score equals the threshold, as that of others, of which some stay" : FATES[fates[at]];
}

const FATES = [
  "kept: its score reaches the threshold",
  "removed: its score is below the threshold",
  "kept below the threshold: its layer is held, a tied layer needs the channel, or it came back to a fast width",
  "removed above the threshold: a tied layer gives the channel up, or it went for a fast width",
];

/**
 * A sentence as nodes of an element.
 * @param {Sentence} parts
 * @param {(text: string) => Node} stress
 */
export function say(parts, stress) {
  return parts.map((part) => (typeof part === "string" ? part : stress(part.strong)));
}
