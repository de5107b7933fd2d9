/** The feasibility ruler: how far sparsity can go, and which layer ends it. It lies under the slider, on its scale. */
import { element, mark, write } from "../element.js";
import { atLeast, atMost, percent, short } from "../format.js";
/** @import { Context, Model } from "../types.d.ts" */

/** @param {Context} context */
export function ruler({ controls }) {
  const failing = element("span", { class: "ranp-failing" });
  const here = element("span", { class: "ranp-here" });
  const scale = element("div", { class: "ranp-scale", "aria-hidden": "true" }, failing, here);
  const said = element("span", { class: "ranp-said" });
  const reason = element("span", { class: "ranp-reason" });
  const node = element("div", { class: "ranp-ruler" }, scale, element("div", { class: "ranp-notes" }, said, reason));
  return {
    node,
    /** @param {Model} model */
    update(model) {
      const { network, ranking, plan, settings, target } = model;
      const [budget] = target.bounds;
      const [low, high] = controls[budget ? "budget" : "sparsity"].offered ?? [0, 1];
      /** @param {number} value */
      const at = (value) => 100 * Math.min(1, Math.max(0, (value - low) / (high - low)));
      // Of a budget the least comes first on the scale, of the sparsity the most last.
      const [start, stop] = budget ? [0, at(budget.least)] : [at(ranking.maxFeasible), 100];
      Object.assign(failing.style, { left: `${start}%`, right: `${100 - stop}%` });
      mark(failing, "data-left", Boolean(budget));
      mark(failing, "hidden", ranking.firstEmpty < 0 || start === stop);
      here.style.left = `${at(budget ? (model.left ?? 0) : plan.sparsity)}%`;
      mark(here, "data-failing", !plan.feasible);
      write(said, settings.target === "sparsity" ? "" : `sparsity ${percent(plan.sparsity, 2)}`);
      const layer = network.layers[ranking.firstEmpty]?.name;
      const [most, least] = [atMost(ranking.maxFeasible, 3), budget && atLeast(budget.least, 3)];
      const works = budget ? `down to ${percent(least)}` : `up to ${percent(most)}`;
      write(reason, layer ? `${works}, then layer ${short(layer, 20)} is empty` : "no layer empties");
      mark(reason, "title", layer ? `${layer} is the first layer to have no neuron left` : null);
      mark(reason, "data-failing", Boolean(layer));
    },
  };
}
