/** A native range with its value beside the label: keyboard, touch and screen readers work as everywhere. */
import { element, mark, write } from "../element.js";
import { field } from "./field.js";
/** @import { Changes, Child, Context } from "../types.d.ts" */

/**
 * @param {Context} context of the component
 * @param {object} what
 * @param {string} what.name the setting
 * @param {number} [what.min] the least that pages offer, unless it is another
 * @param {number} [what.max]
 * @param {number} what.step
 * @param {(value: number) => string} what.say the value in words
 * @param {boolean} [what.typed] whether the value can be typed too, as a percentage
 * @param {(value: number) => Changes} [what.changes] what a value sets, where it is more than the setting itself
 * @param {Child} [what.below] stands below the range
 */
export function slider(context, what) {
  const { name, step, say, typed = false, changes, below = null } = what;
  const { label, offered } = context.controls[name];
  const [min, max] = [what.min ?? offered?.[0] ?? 0, what.max ?? offered?.[1] ?? 1];
  const id = `ranp-${name}`;
  const change = changes ?? ((value) => ({ [name]: value }));
  const range = element("input", { type: "range", id, min, max, step, class: "ranp-range" });
  range.addEventListener("input", () => context.set(change(Number(range.value))));
  whenLetGo(range, context.settle);
  const shown = typed ? typing(context, id, label, min, max, change) : output(id);
  const { node, caption, fixed } = field(context, { name, extra: shown.node }, range, below);
  caption.htmlFor = id;
  return {
    node,
    caption,
    range,
    /** @param {number} value @param {boolean} [enabled] */
    update(value, enabled = true) {
      if (Number(range.value) !== value) range.value = String(value);
      mark(range, "aria-valuetext", say(value));
      range.disabled = fixed || !enabled;
      range.style.setProperty("--done", `${(100 * (value - min)) / (max - min)}%`);
      mark(node, "data-off", !enabled);
      shown.update(value, say, range.disabled);
    },
  };
}

/**
 * Call at the end of a drag. A key that is held down, or pressed again at once, is one gesture: the pause after it ends
 * it.
 * @param {HTMLInputElement} range
 * @param {() => void} settle
 */
export function whenLetGo(range, settle) {
  let keyed = false;
  range.addEventListener("keydown", () => (keyed = true));
  range.addEventListener("pointerdown", () => (keyed = false));
  range.addEventListener("change", () => keyed || settle());
}

/** @param {string} id */
function output(id) {
  const node = element("output", { class: "ranp-value", for: id });
  return {
    node,
    /** @param {number} value @param {(value: number) => string} say */
    update: (value, say) => write(node, say(value)),
  };
}

/**
 * A number field in percent. While it is being typed in, it is left alone.
 * @param {Context} context
 * @param {string} id
 * @param {string} label
 * @param {number} min
 * @param {number} max
 * @param {(value: number) => Changes} change
 */
function typing(context, id, label, min, max, change) {
  const input = element("input", {
    type: "number",
    class: "ranp-number",
    id: `${id}-typed`,
    min: 100 * min,
    max: 100 * max,
    step: 0.1,
    "aria-label": `${label} in percent`,
    inputmode: "decimal",
  });
  input.addEventListener("input", () => {
    const value = Number(input.value) / 100;
    if (input.value !== "" && value >= min && value <= max) context.set(change(value));
  });
  input.addEventListener("change", () => {
    const value = Number(input.value) / 100;
    if (input.value !== "") context.set(change(Math.min(max, Math.max(min, value))));
    context.settle();
  });
  return {
    node: element("span", { class: "ranp-typed" }, input, element("span", { "aria-hidden": "true" }, "%")),
    /** @param {number} value @param {(value: number) => string} _say @param {boolean} disabled */
    update(value, _say, disabled) {
      input.disabled = disabled;
      const text = String(Number((100 * value).toFixed(2)));
      if (document.activeElement === input && Math.abs(Number(input.value) - Number(text)) < 1e-9) return;
      if (document.activeElement === input && input.value === "") return;
      if (input.value !== text) input.value = text;
    },
  };
}
