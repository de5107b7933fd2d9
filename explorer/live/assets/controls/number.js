/** A number that is typed: within its range it counts at once, and beyond it not at all. */
import { element } from "../element.js";
import { field } from "./field.js";
/** @import { Context } from "../types.d.ts" */

/**
 * @param {Context} context
 * @param {string} name the setting
 * @param {number | "any"} [step]
 */
export function number(context, name, step = 1) {
  const [min, max] = context.controls[name].offered ?? [0, 0];
  const input = element("input", { type: "number", id: `ranp-${name}`, class: "ranp-number", min, max, step });
  const { node, caption, fixed } = field(context, { name }, input);
  caption.htmlFor = input.id;
  input.disabled = fixed;
  input.addEventListener("input", () => {
    const value = step === 1 ? Math.round(Number(input.value)) : Number(input.value);
    if (input.value !== "" && value >= min && value <= max) context.set({ [name]: value });
  });
  input.addEventListener("change", () => context.settle());
  return {
    node,
    /** @param {number} value */
    update(value) {
      if (document.activeElement !== input) input.value = String(value);
    },
  };
}
