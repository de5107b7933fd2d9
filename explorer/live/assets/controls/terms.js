/** What all methods get the same of, and how much: buttons side by side, and a slider that moves all of them. */
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { OF_TIME } from "../settings.js";
import { help } from "./help.js";
import { whenLetGo } from "./slider.js";
/** @import { Context, Model, Target } from "../types.d.ts" */

const STEP = 0.001;

/** @param {Context} context with `extra.terms`, pairs of a target and its title, and `words.equal` */
export function terms(context) {
  /** @type {[Target, string][]} */
  const offered = context.extra.terms ?? [];
  /** @type {Map<Target, HTMLInputElement>} */
  const inputs = new Map();
  const group = element("div", { class: "ranp-segments" });
  for (const [target, title] of offered) {
    const input = element("input", { type: "radio", name: "ranp-equal", value: target, id: `ranp-equal-${target}` });
    input.addEventListener("change", () => {
      context.set({ target });
      context.settle();
    });
    inputs.set(target, input);
    group.append(element("label", { class: "ranp-segment" }, input, element("span", {}, title)));
  }
  const legend = element("legend", { class: "ranp-label" }, "On equal terms");
  const head = element("div", { class: "ranp-head" }, legend, help("On equal terms", context.words.equal));
  const range = element("input", { type: "range", id: "ranp-equal-share", class: "ranp-range", step: STEP });
  const caption = element("label", { class: "ranp-label", for: "ranp-equal-share" });
  const value = element("output", { class: "ranp-value", for: "ranp-equal-share" });
  /** @type {"budget" | "sparsity"} */
  let name = "budget";
  range.addEventListener("input", () => context.set({ [name]: Number(range.value) }));
  whenLetGo(range, context.settle);
  const slider = element("div", { class: "ranp-field" }, element("div", { class: "ranp-head" }, caption, value), range);
  return {
    node: element("div", { class: "ranp-terms" }, element("fieldset", { class: "ranp-field" }, head, group), slider),
    /** @param {Model} model */
    update({ settings, timed, network }) {
      const { target } = settings;
      name = target === "sparsity" ? "sparsity" : "budget";
      for (const [one, input] of inputs) {
        input.checked = one === target;
        input.disabled = one !== "sparsity" && Boolean(OF_TIME[one]) && !timed;
      }
      const [min, max] = context.controls[name].offered ?? [0, 1];
      mark(range, "min", String(min));
      mark(range, "max", String(max));
      const share = settings[name];
      if (Number(range.value) !== share) range.value = String(share);
      mark(range, "aria-valuetext", percent(share));
      range.style.setProperty("--done", `${(100 * (share - min)) / (max - min)}%`);
      write(value, percent(share));
      const left = target === "sparsity" ? "Neurons removed" : `${network.budgets[target].title} left, at most`;
      write(caption, left);
    },
  };
}
