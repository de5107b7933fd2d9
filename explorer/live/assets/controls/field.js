/** What every control shares: its label, its help, and whether a lesson hides or fixes it. */
import { element, mark } from "../element.js";
import { help } from "./help.js";
/** @import { Child, Context, Controls } from "../types.d.ts" */

/**
 * Whether a lesson hides the control of that name.
 * @param {Controls} controls
 * @param {string} name
 */
export const isHidden = (controls, name) => controls[name]?.hidden ?? false;

/**
 * Whether a lesson fixes it.
 * @param {Controls} controls
 * @param {string} name
 */
export const isFixed = (controls, name) => controls[name]?.fixed ?? false;

/**
 * A labelled place for a control.
 * @param {Context} context of the component
 * @param {object} what
 * @param {string} what.name the setting
 * @param {"div" | "fieldset"} [what.tag]
 * @param {Child} [what.extra] stands at the end of the label's line
 * @param {...Child} content
 */
export function field({ controls }, { name, tag = "div", extra = null }, ...content) {
  const { label, about, hidden, fixed } = controls[name];
  const lock = fixed && element("span", { class: "ranp-lock", title: "Fixed in this lesson" }, "🔒");
  const legend = tag === "fieldset" ? "legend" : "label";
  const caption = /** @type {HTMLLabelElement} */ (element(legend, { class: "ranp-label" }, label));
  const head = element("div", { class: "ranp-head" }, caption, lock, help(label, about), extra);
  const node = element(tag, { class: `ranp-field ranp-field-${name}` }, head, ...content);
  mark(node, "hidden", hidden);
  return { node, caption, head, fixed };
}
