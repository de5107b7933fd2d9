/** What every control shares: its label, its help, and whether a lesson hides or fixes it. */
import { element, mark } from "../element.js";
import { help, wordsFor } from "./help.js";
import { spellings } from "./names.js";

const names = (list, name) => spellings(name).some((spelling) => list.includes(spelling));

/** Whether a lesson hides the control of that name. */
export const isHidden = (lock, name) => names(lock.hidden, name);

/** Whether a lesson fixes it. */
export const isFixed = (lock, name) => names(lock.fixed, name);

/**
 * A labelled place for a control.
 * @param {object} context of the component
 * @param {{name: string, label: string, tag?: string, extra?: Node}} what `extra` stands at the end of the label's line
 */
export function field(context, { name, label, tag = "div", extra = null }, ...content) {
  const fixed = isFixed(context.lock, name);
  const lock = fixed && element("span", { class: "ranp-lock", title: "Fixed in this lesson" }, "🔒");
  const caption = element(tag === "fieldset" ? "legend" : "label", { class: "ranp-label" }, label);
  const head = element("div", { class: "ranp-head" }, caption, lock, help(label, wordsFor(context.words, name)), extra);
  const node = element(tag, { class: `ranp-field ranp-field-${name}` }, head, ...content);
  mark(node, "hidden", isHidden(context.lock, name));
  return { node, caption, head, fixed };
}
