/** A second budget: a button that adds one, then which resource it limits, its slider, and a button that drops it. */
import { element, mark } from "../element.js";
import { isFixed, isHidden } from "./field.js";
import { slider } from "./slider.js";
/** @import { Budgeted, Changes, Context, Settings, Target } from "../types.d.ts" */

const FIRST_CHOICE = /** @type {Budgeted[]} */ (["peak", "macs"]);

/**
 * @param {Context} context
 * @param {(value: number) => string} say
 */
export function second(context, say) {
  const { controls } = context;
  const fixed = isFixed(controls, "also");
  /** @param {Changes} changes */
  const apply = (changes) => {
    context.set(changes);
    context.settle();
  };
  const kind = element("select", { id: "ranp-also", class: "ranp-select", "aria-label": controls.also.label });
  const options = controls.also.titles.filter(([value]) => value !== "none");
  kind.append(...options.map(([value, title]) => element("option", { value }, title)));
  kind.addEventListener("change", () => apply({ also: /** @type {Budgeted} */ (kind.value) }));
  const drop = element("button", { type: "button", class: "ranp-drop", "aria-label": "Drop the second budget" }, "×");
  drop.addEventListener("click", () => apply({ also: "none" }));
  const add = element("button", { type: "button", class: "ranp-add", title: controls.also.about }, "+ and");
  const share = slider(context, { name: "also_budget", step: 0.001, say, typed: true });
  share.caption.after(kind);
  share.node.querySelector(".ranp-head")?.append(drop);
  kind.disabled = drop.disabled = add.disabled = fixed;
  const hidden = isHidden(controls, "also") || isHidden(controls, "also_budget");
  /** @type {Target} */
  let target = "sparsity";
  add.addEventListener("click", () => {
    const also = FIRST_CHOICE.find((name) => name !== target);
    if (also) apply({ also });
    share.range.focus();
  });
  return {
    node: share.node,
    add,
    /** @param {string[]} names @param {boolean} wanted whether they cannot be chosen */
    forbid(names, wanted) {
      for (const option of kind.options) if (names.includes(option.value)) option.disabled = wanted;
    },
    /** @param {Settings} settings */
    update(settings) {
      target = settings.target;
      const none = settings.also === "none";
      mark(share.node, "hidden", none || hidden);
      mark(add, "hidden", hidden || !none || target === "sparsity");
      for (const option of kind.options) mark(option, "hidden", option.value === target);
      if (!none && kind.value !== settings.also) kind.value = settings.also;
      share.update(settings.also_budget);
    },
  };
}
