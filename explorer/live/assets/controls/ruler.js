/** The feasibility ruler: how far sparsity can go, and which layer ends it. It lies under the slider, on its scale. */
import { element, mark, write } from "../element.js";
import { atMost, percent, short } from "../format.js";
/** @import { Model } from "../types.d.ts" */

/** @param {number} largest the slider's right end */
export function ruler(largest) {
  const failing = element("span", { class: "ranp-failing" });
  const here = element("span", { class: "ranp-here" });
  const scale = element("div", { class: "ranp-scale", "aria-hidden": "true" }, failing, here);
  const said = element("span", { class: "ranp-said" });
  const reason = element("span", { class: "ranp-reason" });
  const node = element("div", { class: "ranp-ruler" }, scale, element("div", { class: "ranp-notes" }, said, reason));
  return {
    node,
    /** @param {Model} model */
    update({ network, ranking, plan, settings }) {
      /** @param {number} sparsity */
      const at = (sparsity) => `${100 * Math.min(1, Math.max(0, sparsity / largest))}%`;
      failing.style.left = at(ranking.maxFeasible);
      mark(failing, "hidden", ranking.firstEmpty < 0);
      here.style.left = at(plan.sparsity);
      mark(here, "data-failing", !plan.feasible);
      write(said, settings.target === "sparsity" ? "" : `sparsity ${percent(plan.sparsity, 2)}`);
      const layer = network.layers[ranking.firstEmpty]?.name;
      const works = percent(atMost(ranking.maxFeasible, 3));
      write(reason, layer ? `up to ${works}, then layer ${short(layer, 20)} is empty` : "no layer empties");
      mark(reason, "title", layer ? `${layer} is the first layer to have no neuron left` : null);
      mark(reason, "data-failing", Boolean(layer));
    },
  };
}
