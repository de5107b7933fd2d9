/** What this plan does; where that is not what was asked for, why, and the button that mends it. */
import { element, mark, write } from "../element.js";
import { atLeast, atMost, percent } from "../format.js";
import { isFixed } from "../controls/field.js";
import { equals, fast, infeasible, outcome, say, unmet } from "../wording.js";
/** @import { Changes, Context, Controls, Differences, Evaluated, Model, Sentence } from "../types.d.ts" */

const STEPS_OF = 3; // decimals of the sliders: what a button says is what it sets, and where the slider then stands
const SPOKEN_AFTER = 600; // milliseconds without a change

export class Verdict {
  /** @type {Changes | null} */
  #mend = null;
  /** @type {number | undefined} */
  #timer = undefined;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.sentence = element("p", {});
    this.spoken = element("p", { class: "ranp-spoken", role: "status" });
    this.button = element("button", { type: "button", class: "ranp-button ranp-primary", hidden: true });
    this.button.addEventListener("click", () => {
      if (!this.#mend) return;
      context.set(this.#mend);
      context.settle();
    });
    this.sign = element("span", { class: "ranp-sign", "aria-hidden": "true" });
    this.node = element("div", { class: "ranp-verdict" }, this.sign, this.sentence, this.button, this.spoken);
    root.append(this.node);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    if (!(changed.plan || changed.network)) return;
    const { parts, mend, label } = judge(model, this.context.controls);
    this.#mend = mend;
    this.sentence.replaceChildren(...say(parts, (text) => element("strong", {}, text)));
    mark(this.node, "data-failing", mend !== null);
    write(this.sign, mend ? "✕" : "✓");
    write(this.button, label ?? "");
    mark(this.button, "hidden", mend === null);
    this.button.disabled = mend !== null && Object.keys(mend).some((name) => isFixed(this.context.controls, name));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => write(this.spoken, this.sentence.textContent), SPOKEN_AFTER);
  }

  destroy() {
    clearTimeout(this.#timer);
  }
}

/**
 * What is said of a plan, and what would mend it; null where nothing has to be.
 * @param {Evaluated} model
 * @param {Controls} controls
 * @returns {{parts: Sentence, mend: Changes | null, label?: string}}
 */
export function judge(model, controls) {
  const { target, plan, ranking } = model;
  if (!target.met) {
    const least = controls.budget.offered?.[0] ?? 0;
    const missed = target.bounds.filter(({ met }) => !met);
    const shares = missed.map((bound) => Math.max(least, Math.min(1, atLeast(bound.least, STEPS_OF))));
    const mend = Object.fromEntries(missed.map(({ limit }, at) => [limit.name, shares[at]]));
    return { parts: [...unmet(model), ...equals(model)], mend, label: `Use ${shares.map(told).join(" and ")}` };
  }
  if (plan.feasible) return { parts: [...outcome(model), ...fast(model), ...equals(model)], mend: null };
  const sparsity = Math.min(atMost(ranking.maxFeasible, STEPS_OF), controls.sparsity.offered?.[1] ?? 1);
  return { parts: [...infeasible(model), ...equals(model)], mend: { sparsity }, label: `Use ${told(sparsity)}` };
}

/** @param {number} share */
const told = (share) => percent(share, STEPS_OF - 2);
