/** The costs before and after: a figure, a bar of what is left, the change, and what it was. */
import { element, mark, write } from "../element.js";
import { BYTES_PER_ELEMENT, change, count, percent } from "../format.js";
import { help } from "../controls/help.js";

/** Name of the help, title, unit, and the figure of a cost. */
const FIGURES = [
  ["macs", "MACs", "", (costs) => costs.macs],
  ["flops", "FLOPs (2 × MACs)", "", (costs) => 2 * costs.macs],
  ["params", "Parameters", "", (costs) => costs.params],
  ["activations", "Activation memory", "B", (costs) => BYTES_PER_ELEMENT * costs.activations],
];

export class Costs {
  constructor(root, { words }) {
    this.neurons = figure("Neurons", words.neurons);
    this.figures = FIGURES.map(([name, title, unit, of]) => ({ ...figure(title, words[name]), unit, of }));
    this.peak = figure("Training memory", words.peak);
    const all = [this.neurons, ...this.figures, this.peak];
    root.append(
      element("dl", { class: "ranp-costs", "aria-label": "Costs before and after" }, ...all.map(({ node }) => node)),
    );
  }

  update(model, changed) {
    if (!(changed.plan || changed.peak || changed.network || changed.settings)) return;
    const { plan, full, network, peak } = model;
    show(this.neurons, network.total, plan.left, "");
    for (const one of this.figures) show(one, one.of(full), plan.feasible ? one.of(plan.costs) : null, one.unit);
    if (peak.before === null || peak.before === undefined) show(this.peak, null, null, "B");
    else show(this.peak, peak.before, plan.feasible ? peak.after : null, "B", plan.feasible && peak.pending);
  }

  destroy() {}
}

function figure(title, words) {
  const value = element("span", { class: "ranp-figure" });
  const changes = element("span", { class: "ranp-change" });
  const left = element("span", { class: "ranp-left" });
  const note = element("span", { class: "ranp-before" });
  const node = element(
    "div",
    { class: "ranp-cost" },
    element("dt", {}, title, help(title, words)),
    element("dd", {}, value, changes, element("span", { class: "ranp-track", "aria-hidden": "true" }, left), note),
  );
  return { node, value, changes, left, note };
}

function show({ value, changes, left, note }, before, after, unit, pending = false) {
  const known = after !== null && after !== undefined && !pending;
  write(value, pending ? "…" : known ? count(after, unit) : "–");
  write(changes, known && before ? change(after / before - 1) : "");
  mark(changes, "data-more", known && after > before);
  left.style.width = known && before ? percent(Math.min(1, after / before), 2).replace(" ", "") : "0";
  write(note, before === null ? "no estimate" : `of ${count(before, unit)}`);
}
