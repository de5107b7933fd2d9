/** The bar alone, on pages that show other things than the live charts; where there is no network, why. */
import { element, mark } from "../element.js";
import { Verdict } from "../parts/verdict.js";
/** @import { Context, Part } from "../types.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {Part}
 */
export function create(root, context) {
  const place = element("div", { class: "ranp-only-failing" });
  root.append(place);
  const verdict = new Verdict(place, context);
  return {
    update(model, changed) {
      verdict.update(model, changed);
      mark(place, "hidden", model.plan.feasible && model.target.met);
    },
    destroy: () => verdict.destroy(),
  };
}
