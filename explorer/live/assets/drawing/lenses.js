/** What the colour of a block can show: a number of its layer, from 0 to 1, and what the ends of the scale are. */
import { startOf } from "../engine/network.js";
import { duration, percent } from "../format.js";
/** @import { Model, Palette } from "../types.d.ts" */

const DECADES = 4; // of importance: so far below the most important layer all look alike

/**
 * @typedef {object} Lens
 * @property {string} title
 * @property {keyof Palette} colour
 * @property {(model: Model) => boolean} [needs] whether it can be shown
 * @property {(model: Model) => (layer: number) => number} share
 * @property {(model: Model) => [string, string]} ends
 */

/** @type {Record<string, Lens>} */
export const LENSES = {
  kept: {
    title: "Share kept",
    colour: "kept",
    share: ({ network, plan }) => (layer) => plan.kept[layer] / network.neurons[layer],
    ends: () => ["0 %", "100 %"],
  },
  macs: {
    title: "MACs",
    colour: "macs",
    share: ({ plan, full }) => {
      const most = Math.max(...full.layers);
      return (layer) => plan.costs.layers[layer] / most;
    },
    ends: ({ full }) => ["0 %", `${percent(Math.max(...full.layers) / full.macs)} of all`],
  },
  memory: {
    title: "Activation memory",
    colour: "activations",
    share: ({ network, plan }) => {
      const { activations } = network.costs;
      const most = Math.max(...activations);
      return (layer) => (activations[layer] * plan.kept[layer]) / network.neurons[layer] / most;
    },
    ends: ({ network, full }) => {
      const most = Math.max(...network.costs.activations);
      return ["0 %", `${percent(most / full.activations)} of all`];
    },
  },
  time: {
    title: "Time",
    colour: "seconds",
    needs: ({ timed }) => timed !== null,
    share: ({ timed }) => {
      const before = timed?.before.training.layers ?? new Float64Array();
      const [now, most] = [timed?.after?.training.layers ?? before, Math.max(...before)];
      return (layer) => now[layer] / most;
    },
    ends: ({ timed }) => ["0", `${duration(Math.max(...(timed?.before.training.layers ?? [0])))} a step`],
  },
  importance: {
    title: "Importance a neuron",
    colour: "params",
    share: (model) => {
      const means = importance(model);
      const most = Math.max(...means);
      return (layer) => (means[layer] > 0 ? 1 + Math.log10(means[layer] / most) / DECADES : 0);
    },
    ends: () => [`1 / ${10 ** DECADES}`, "the most, logarithmic"],
  },
};

/**
 * The mean score of the neurons that each layer keeps, before layers are reweighted.
 * @param {Model} model
 */
function importance({ network, settings, plan }) {
  const { scores } = startOf(network, settings.method);
  const sums = new Float64Array(network.layers.length);
  for (let at = 0; at < network.total; at++) {
    if (plan.alive[network.units[at]]) sums[network.layerOf[at]] += scores[at];
  }
  return sums.map((sum, layer) => (plan.kept[layer] ? sum / plan.kept[layer] : 0));
}
