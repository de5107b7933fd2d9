/** The control bar: it stays in sight while the charts scroll, so that cause and effect are on one screen. */
import { methodsOf } from "../engine/network.js";
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { BLENDED, changed as settle } from "../settings.js";
import { list, segments } from "./choice.js";
import { isFixed, isHidden } from "./field.js";
import { more } from "./more.js";
import { ruler } from "./ruler.js";
import { slider } from "./slider.js";

const TARGETS = [
  ["sparsity", "Sparsity"],
  ["macs", "MACs"],
  ["memory", "Memory"],
  ["params", "Parameters"],
];

export class Bar {
  constructor(context) {
    const { network, limits, lock } = context;
    this.context = context;
    this.method = list(context, {
      name: "method",
      label: "Method",
      options: methodsOf(network).map((name) => [name, network.methods[name].title]),
    });
    this.target = segments(context, { name: "target", label: "Prescribe", options: TARGETS });
    this.ruler = ruler(limits.maxSparsity);
    const whole = { min: 0, step: 0.001, say: (value) => percent(value), typed: true };
    this.sparsity = slider(context, { ...whole, name: "sparsity", label: "Sparsity", max: limits.maxSparsity });
    this.budget = slider(context, { ...whole, name: "budget", label: "Left, at most", min: limits.minBudget, max: 1 });
    this.alpha = slider(context, {
      name: "alpha",
      label: "α: memory ↔ MACs",
      min: 0,
      max: 1,
      step: 0.01,
      say: (value) => value.toFixed(2),
    });
    this.lam = slider(context, {
      name: "lam",
      label: "λ: reweighting",
      min: 0,
      max: limits.maxLambda,
      step: 0.5,
      say: (value) => value.toFixed(1),
    });
    this.more = more(context);
    const main = element("div", { class: "ranp-main" }, this.sparsity.node, this.budget.node, this.ruler.node);
    const blend = element("div", { class: "ranp-blend" }, this.alpha.node, this.lam.node);
    const choose = element("div", { class: "ranp-choose" }, this.method.node, this.target.node, this.more.node);
    this.node = element("section", { class: "ranp-bar", "aria-label": "Controls" }, choose, main, blend);
    mark(choose, "hidden", [this.method, this.target, this.more].every(({ node }) => node.hidden));
    mark(blend, "hidden", isHidden(lock, "alpha") && isHidden(lock, "lam"));
    mark(this.ruler.node, "hidden", isHidden(lock, "sparsity") && isHidden(lock, "budget"));
  }

  update(model, changed) {
    const { settings } = model;
    const { lock } = this.context;
    const budgeted = settings.target !== "sparsity";
    const blended = BLENDED.includes(settings.method);
    this.method.update(settings.method);
    this.target.update(settings.target);
    mark(this.sparsity.node, "hidden", budgeted || isHidden(lock, "sparsity"));
    mark(this.budget.node, "hidden", !budgeted || isHidden(lock, "budget"));
    if (budgeted) write(this.budget.node.querySelector(".ranp-label"), `${title(settings.target)} left, at most`);
    this.sparsity.update(settings.sparsity);
    this.budget.update(settings.budget);
    this.#bind(settings);
    this.alpha.update(settings.alpha, blended && !(isFixed(lock, "method") && settings.method !== "blend"));
    this.lam.update(settings.lam, blended);
    this.ruler.update(model);
    if (changed.network || changed.settings) this.more.update(model);
  }

  /** Alpha and method say the same thing twice: what a lesson fixes of one, the other cannot move. */
  #bind(settings) {
    const { lock } = this.context;
    if (isFixed(lock, "method")) Object.assign(this.alpha.range, { min: 0.01, max: 0.99 });
    if (!isFixed(lock, "alpha")) return;
    for (const option of this.method.select.options) {
      option.disabled = settle(settings, { method: option.value }).alpha !== settings.alpha;
    }
  }
}

const title = (target) => TARGETS.find(([name]) => name === target)[1];
