/** One of several: a native list, or buttons side by side (radios underneath). */
import { element } from "../element.js";
import { field } from "./field.js";

/** @param {[string, string][]} options value and title */
export function list(context, { name, label, options, changes }) {
  const select = element("select", { id: `ranp-${name}`, class: "ranp-select" });
  select.append(...options.map(([value, title]) => element("option", { value }, title)));
  const change = changes ?? ((value) => ({ [name]: value }));
  select.addEventListener("change", () => {
    context.set(change(select.value));
    context.settle();
  });
  const { node, caption, fixed } = field(context, { name, label }, select);
  caption.htmlFor = select.id;
  select.disabled = fixed;
  return {
    node,
    select,
    update(value) {
      if (select.value !== value) select.value = value;
    },
  };
}

/** @param {[string, string][]} options value and title */
export function segments(context, { name, label, options, changes }) {
  const change = changes ?? ((value) => ({ [name]: value }));
  const inputs = new Map();
  const group = element("div", { class: "ranp-segments" });
  const group_name = `ranp-${name}-${Math.random().toString(36).slice(2)}`;
  for (const [value, title] of options) {
    const input = element("input", { type: "radio", name: group_name, value, id: `ranp-${name}-${value}` });
    input.addEventListener("change", () => {
      context.set(change(value));
      context.settle();
    });
    inputs.set(value, input);
    group.append(element("label", { class: "ranp-segment" }, input, element("span", {}, title)));
  }
  const { node, fixed } = field(context, { name, label, tag: "fieldset" }, group);
  for (const input of inputs.values()) input.disabled = fixed;
  return {
    node,
    update(value) {
      const input = inputs.get(value);
      if (input && !input.checked) input.checked = true;
    },
  };
}
