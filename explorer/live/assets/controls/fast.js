/** Fast widths: one switch, and, while it is on, whether neurons come back or go. */
import { element, mark, write } from "../element.js";
import { timesKnown } from "./timed.js";
import { field } from "./field.js";
/** @import { Context, Model, Settings } from "../types.d.ts" */

/** @param {Context} context */
export function fast(context) {
  const { titles } = context.controls.snap;
  const choices = titles.filter(([value]) => value !== "off");
  let how = choices[0][0]; // what the switch turns on
  const toggle = element("input", { type: "checkbox", role: "switch", id: "ranp-snap", class: "ranp-switch" });
  const kind = element(
    "select",
    { class: "ranp-select ranp-small", "aria-label": "Which way counts are moved" },
    ...choices.map(([value, title]) => element("option", { value }, title)),
  );
  const note = element("span", { class: "ranp-off", id: "ranp-snap-off" });
  mark(toggle, "aria-describedby", note.id);
  /** @param {string} snap */
  const set = (snap) => {
    context.set({ snap: /** @type {Settings["snap"]} */ (snap) });
    context.settle();
  };
  toggle.addEventListener("change", () => set(toggle.checked ? how : "off"));
  kind.addEventListener("change", () => set(kind.value));
  const { node, caption, head, fixed } = field(context, { name: "snap" });
  caption.htmlFor = toggle.id;
  head.append(toggle, kind, note);
  return {
    node,
    /** @param {Model} model */
    update({ settings: { snap = "off" }, timed }) {
      const known = timesKnown(context.times, timed);
      if (snap !== "off") how = snap;
      toggle.checked = snap !== "off";
      toggle.disabled = kind.disabled = fixed || known !== "yes";
      mark(kind, "hidden", snap === "off" || known !== "yes");
      if (kind.value !== how) kind.value = how;
      mark(node, "data-off", known !== "yes");
      write(note, known === "no" ? `off: ${context.times?.why || "seconds are not known"}` : "");
    },
  };
}
