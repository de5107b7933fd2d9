/** One of several: a native list, or buttons side by side (radios underneath). */
import { element, mark } from "../element.js";
import { field } from "./field.js";
/** @import { Choices, Context } from "../types.d.ts" */

/**
 * @param {Context} context
 * @param {Choices} what
 */
export function list(context, { name, options = context.controls[name].titles }) {
  const select = element("select", { id: `ranp-${name}`, class: "ranp-select" });
  select.append(...options.map(([value, title]) => element("option", { value }, title)));
  select.addEventListener("change", () => {
    context.set({ [name]: select.value });
    context.settle();
  });
  const { node, caption, fixed } = field(context, { name }, select);
  caption.htmlFor = select.id;
  select.disabled = fixed;
  return {
    node,
    select,
    /** @param {string} value */
    update(value) {
      if (select.value !== value) select.value = value;
    },
  };
}

/**
 * @param {Context} context
 * @param {Choices} what
 */
export function segments(context, { name, options = context.controls[name].titles }) {
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  const group = element("div", { class: "ranp-segments" });
  const group_name = `ranp-${name}-${Math.random().toString(36).slice(2)}`;
  for (const [value, title] of options) {
    const input = element("input", { type: "radio", name: group_name, value, id: `ranp-${name}-${value}` });
    input.addEventListener("change", () => {
      context.set({ [name]: value });
      context.settle();
    });
    inputs.set(value, input);
    group.append(element("label", { class: "ranp-segment" }, input, element("span", {}, title)));
  }
  const { node, fixed } = field(context, { name, tag: "fieldset" }, group);
  for (const input of inputs.values()) input.disabled = fixed;
  return {
    node,
    /** @param {string} value */
    update(value) {
      const input = inputs.get(value);
      if (input && !input.checked) input.checked = true;
    },
    /** @param {string} value @param {string | null} why it cannot be chosen; null where it can */
    forbid(value, why) {
      const input = inputs.get(value);
      if (!input) return;
      input.disabled = fixed || why !== null;
      mark(/** @type {Element} */ (input.parentElement), "title", why);
    },
  };
}
