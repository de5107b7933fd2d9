/** All methods on equal terms: a slider, and what each method then leaves, as a table and as curves. */
import { EqualCurves } from "../charts/equal_curves.js";
import { terms } from "../controls/terms.js";
import { element } from "../element.js";
import { Equal } from "../model/equal.js";
import { EqualTable } from "../parts/equal_table.js";
/** @import { Context, Part } from "../types.d.ts" */

/** The present plan's own controls stand elsewhere on the page. */
export const bare = true;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {Part}
 */
export function create(root, context) {
  const equal = new Equal(context.network);
  const controls = terms(context);
  const both = element("div", { class: "ranp-equal-both" });
  root.append(controls.node, both);
  const table = new EqualTable(both, context);
  const curves = new EqualCurves(both, context);
  return {
    update(model, changed) {
      const all = equal.of(model);
      controls.update(model);
      table.update(all, Boolean(changed.theme || changed.network));
      curves.update(model, all, changed);
    },
    destroy: () => curves.destroy(),
  };
}
