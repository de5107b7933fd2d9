/** Whether a training step fits on the visitor's card, with which batch, before and after pruning. */
import { isFixed, isHidden } from "../controls/field.js";
import { number } from "../controls/number.js";
import { element, mark, write } from "../element.js";
import { atLeast } from "../format.js";
import { fit, say, unfitting } from "../wording.js";
/** @import { Context, Differences, Model } from "../types.d.ts" */

export class Fit {
  /** @type {number | null} the sparsity that makes it fit */
  #mend = null;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.words = context.words;
    this.controls = context.controls;
    this.card = number(context, "card", "any");
    this.batch = number(context, "batch");
    this.sign = element("span", { class: "ranp-sign", "aria-hidden": "true" });
    this.sentence = element("span", {});
    this.note = element("p", { class: "ranp-fit-note" });
    const fields = element("div", { class: "ranp-fit-fields" }, this.card.node, this.batch.node);
    this.button = element("button", { type: "button", class: "ranp-button ranp-primary", hidden: true });
    this.button.addEventListener("click", () => {
      if (this.#mend === null) return;
      context.set({ target: "sparsity", sparsity: this.#mend });
      context.settle();
    });
    const said = element("div", {}, element("p", {}, this.sign, this.sentence), this.note);
    const label = "Does training fit?";
    this.node = element("section", { class: "ranp-fit", "aria-label": label }, fields, said, this.button);
    mark(fields, "hidden", isHidden(context.controls, "card") && isHidden(context.controls, "batch"));
    root.append(this.node);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    if (!(changed.plan || changed.peak || changed.network || changed.settings)) return;
    const { settings, peak } = model;
    this.card.update(settings.card);
    this.batch.update(settings.batch);
    const known = peak.fit !== null;
    const fits = settings.batch <= (peak.fit?.after ?? -1);
    const isTooLarge = !fits && (peak.fit?.after !== null || settings.batch > peak.fit.before); // not only emptied
    mark(this.node, "data-failing", known && !fits);
    write(this.sign, known ? (fits ? "✓" : "✕") : "");
    const stress = (/** @type {string} */ text) => element("strong", {}, text);
    const goal = known && isTooLarge && model.training ? model.training.fitting() : null;
    const parts = known ? fit(model) : [this.#unknown(peak.failed)];
    if (goal?.met === false) parts.push(...unfitting(goal));
    this.sentence.replaceChildren(...say(parts, stress));
    this.#mend = goal?.met ? exactly(goal.sparsity, model.ranking.maxFeasible) : null;
    write(this.button, this.#mend === null ? "" : `Make it fit: sparsity ${Number((100 * this.#mend).toFixed(10))} %`);
    mark(this.button, "hidden", this.#mend === null);
    this.button.disabled = isFixed(this.controls, "sparsity") || isFixed(this.controls, "target");
    write(this.note, known ? (this.words.fit ?? "") : "");
  }

  destroy() {}

  /** @param {string | null} failed */
  #unknown(failed) {
    return failed ? `${this.words.unmeasured ?? ""} ${failed}.` : (this.words.measuring ?? "");
  }
}

/**
 * A number from `low` to `high` of as few decimals as there can be, at least those of the slider: what the button says
 * is what it sets.
 * @param {number} low
 * @param {number} high
 */
function exactly(low, high) {
  for (let digits = 3; digits < 12; digits++) if (atLeast(low, digits) <= high) return atLeast(low, digits);
  return high;
}
