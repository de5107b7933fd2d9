/** The control bar: it stays in sight while the charts scroll, so that cause and effect are on one screen. */
import { methodsOf } from "../engine/network.js";
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { BLENDED, OF_TIME, changed as settle, limitsOf } from "../settings.js";
import { list, segments } from "./choice.js";
import { fast } from "./fast.js";
import { isFixed, isHidden } from "./field.js";
import { more } from "./more.js";
import { Present } from "./present.js";
import { ruler } from "./ruler.js";
import { second } from "./second.js";
import { slider } from "./slider.js";
/** @import { Budgeted, Context, Differences, Model, Settings } from "../types.d.ts" */

export class Bar {
  /** @param {Context} context */
  constructor(context) {
    const { network, controls } = context;
    this.context = context;
    this.method = list(context, {
      name: "method",
      options: methodsOf(network).map((name) => [name, network.methods[name].title]),
    });
    this.target = segments(context, { name: "target" });
    this.error = element("p", { class: "ranp-error" });
    this.ruler = ruler(context);
    /** @param {number} value */
    const say = (value) => percent(value);
    const whole = { step: 0.001, say, typed: true };
    this.sparsity = slider(context, { ...whole, name: "sparsity" });
    this.budget = slider(context, { ...whole, name: "budget" });
    this.second = second(context, say);
    this.budget.node.querySelector(".ranp-typed")?.before(this.second.add);
    this.alpha = slider(context, {
      name: "alpha",
      step: 0.01,
      say: (value) => value.toFixed(2),
    });
    this.lam = slider(context, {
      name: "lam",
      step: 0.5,
      say: (value) => value.toFixed(1),
    });
    this.fast = fast(context);
    this.more = more(context);
    const main = element("div", { class: "ranp-main" });
    main.append(this.sparsity.node, this.budget.node, this.second.node, this.ruler.node, this.error);
    const blend = element("div", { class: "ranp-blend" }, this.alpha.node, this.lam.node, this.fast.node);
    const choose = element("div", { class: "ranp-choose" }, this.method.node, this.target.node, this.more.node);
    this.present = new Present(context);
    const parts = [choose, main, blend, this.present.node];
    this.node = element("section", { class: "ranp-bar", "aria-label": "Controls" }, ...parts);
    mark(choose, "hidden", [this.method, this.target, this.more].every(({ node }) => node.hidden));
    mark(blend, "hidden", ["alpha", "lam", "snap"].every((name) => isHidden(controls, name)));
    mark(this.ruler.node, "hidden", isHidden(controls, "sparsity") && isHidden(controls, "budget"));
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    const { network, settings } = model;
    const { controls } = this.context;
    const budget = settings.target === "sparsity" ? null : network.budgets[settings.target];
    const blended = BLENDED.includes(settings.method);
    this.#offer(model);
    const { errors = {} } = this.context.times ?? {};
    write(this.error, told(errors, settings));
    this.method.update(settings.method);
    this.target.update(settings.target);
    mark(this.sparsity.node, "hidden", Boolean(budget) || isHidden(controls, "sparsity"));
    mark(this.budget.node, "hidden", !budget || isHidden(controls, "budget"));
    if (budget) write(this.budget.caption, `${budget.title} left, at most`);
    this.second.update(settings);
    this.sparsity.update(settings.sparsity);
    this.budget.update(settings.budget);
    this.#bind(settings);
    const moves = blended && settings.method !== "ranp-t";
    this.alpha.update(settings.alpha, moves && !(isFixed(controls, "method") && settings.method !== "blend"));
    this.lam.update(settings.lam, blended);
    this.fast.update(model);
    this.ruler.update(model);
    this.present.update(model, changed);
    if (changed.network || changed.settings || changed.times) this.more.update(model);
  }

  /**
   * What ranks by seconds or limits them can be chosen where a time table tells them.
   * @param {Model} model
   */
  #offer({ network, timed }) {
    for (const option of this.method.select.options) {
      option.disabled = network.methods[option.value].cost === "seconds" && !timed;
    }
    const why = timed ? null : this.context.times?.why || "seconds are not known";
    for (const name of Object.keys(OF_TIME)) this.target.forbid(name, why);
    this.second.forbid(Object.keys(OF_TIME), why !== null);
  }

  /**
   * Alpha and method say the same thing twice: what a lesson fixes of one, the other cannot move.
   * @param {Settings} settings
   */
  #bind(settings) {
    const { controls } = this.context;
    if (isFixed(controls, "method")) Object.assign(this.alpha.range, { min: 0.01, max: 0.99 });
    if (!isFixed(controls, "alpha")) return;
    for (const option of this.method.select.options) {
      option.disabled ||= settle(settings, { method: option.value }).alpha !== settings.alpha;
    }
  }
}

/**
 * How far off the budgets of time are that are prescribed.
 * @param {Partial<Record<Budgeted, string>>} errors
 * @param {Settings} settings
 */
function told(errors, settings) {
  const said = limitsOf(settings).map(({ target }) => errors[target] ?? "");
  return [...new Set(said)].filter(Boolean).join(" ");
}
