/** What the component says, as explorer/wording.py says it. A sentence is a list of texts; `{strong}` is stressed. */
import { percent, short, whole } from "./format.js";

const strong = (text) => ({ strong: text });

/** What a plan does. */
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

/** Why there is no network at this sparsity, and up to where there is one. */
export function infeasible({ network, ranking, plan }) {
  const layer = network.layers[plan.firstEmpty]?.name;
  const empty = layer ? [", layer ", strong(layer), " has no neuron left"] : [", a layer has no neuron left"];
  const largest = percent(roundedDown(ranking.maxFeasible), 2);
  return [
    `At a sparsity of ${percent(plan.sparsity, 2)}`,
    ...empty,
    `: there is no network to build. The largest that works is ${largest}.`,
  ];
}

/** Why a target cannot be met, and what can. */
export function unmet({ network, settings, ranking, target }) {
  const resource = { macs: "MACs", memory: "activation memory", params: "parameters" }[settings.target];
  const layer = network.layers[ranking.firstEmpty]?.name;
  return [
    `No plan leaves at most ${percent(settings.budget, 0)} of the ${resource}`,
    ...(layer ? [" without emptying layer ", strong(layer)] : []),
    `. The least is ${percent(target.least, 2)}, at a sparsity of ${percent(target.sparsity, 2)}.`,
  ];
}

/** A sparsity that a person can be told and that still works. */
export function roundedDown(sparsity) {
  return Math.floor(sparsity * 1e4) / 1e4;
}

/** One layer, in lines. */
export function aboutLayer({ network, plan, full, settings }, at) {
  const layer = network.layers[at];
  const lines = [
    `${layer.name} (${layer.kind})`,
    `${plan.kept[at]} of ${layer.neurons} neurons kept (${percent(plan.kept[at] / layer.neurons, 0)})`,
    `${percent(full.layers[at] / full.macs)} of the full network's MACs, now ${percent(plan.costs.layers[at] / full.macs)}`,
  ];
  if (layer.held) lines.push(layer.held);
  if (settings.protect.includes(layer.name)) lines.push("protected: kept whole");
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

/** What became of a neuron, by its fate. */
export const FATES = [
  "kept: its score reaches the threshold",
  "removed: its score is below the threshold",
  "kept below the threshold: its layer is held, or a tied layer needs the channel",
  "removed above the threshold: a tied layer gives the channel up",
];

/** A sentence as nodes of an element. */
export function say(parts, stress) {
  return parts.map((part) => (typeof part === "string" ? part : stress(part.strong)));
}
