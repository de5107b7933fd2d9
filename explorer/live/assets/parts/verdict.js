/** What this plan does; where that is not what was asked for, why, and the button that mends it. */
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { isFixed } from "../controls/field.js";
import { infeasible, outcome, roundedDown, say, unmet } from "../wording.js";

const SPOKEN_AFTER = 600; // milliseconds without a change

export class Verdict {
  #mend = null;
  #timer = null;

  constructor(root, context) {
    this.context = context;
    this.sentence = element("p", {});
    this.spoken = element("p", { class: "ranp-spoken", role: "status" });
    this.button = element("button", { type: "button", class: "ranp-button ranp-primary", hidden: true });
    this.button.addEventListener("click", () => {
      context.set(this.#mend);
      context.settle();
    });
    this.sign = element("span", { class: "ranp-sign", "aria-hidden": "true" });
    this.node = element("div", { class: "ranp-verdict" }, this.sign, this.sentence, this.button, this.spoken);
    root.append(this.node);
  }

  update(model, changed) {
    if (!(changed.plan || changed.network)) return;
    const { parts, mend, label } = judge(model, this.context.limits);
    this.#mend = mend;
    this.sentence.replaceChildren(...say(parts, (text) => element("strong", {}, text)));
    mark(this.node, "data-failing", mend !== null);
    write(this.sign, mend ? "✕" : "✓");
    write(this.button, label ?? "");
    mark(this.button, "hidden", mend === null);
    this.button.disabled = mend !== null && Object.keys(mend).some((name) => isFixed(this.context.lock, name));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => write(this.spoken, this.sentence.textContent), SPOKEN_AFTER);
  }

  destroy() {
    clearTimeout(this.#timer);
  }
}

function judge(model, limits) {
  const { target, plan, ranking } = model;
  if (!target.met) {
    const budget = Math.min(1, Math.ceil(target.least * 100) / 100);
    return { parts: unmet(model), mend: { budget }, label: `Use ${percent(budget, 0)}` };
  }
  if (plan.feasible) return { parts: outcome(model), mend: null };
  const sparsity = Math.min(roundedDown(ranking.maxFeasible), limits.maxSparsity);
  return { parts: infeasible(model), mend: { sparsity }, label: `Use ${percent(sparsity, 2)}` };
}
