/** What a newly prescribed resource starts from: the plan at hand, so that choosing what to prescribe moves nothing. */
import { planAt } from "../engine/plan.js";
import { atLeast } from "../format.js";
import { changed } from "../settings.js";
/** @import { Evaluator } from "../model.js" */
/** @import { Changes, Evaluated, Plan, Target } from "../types.d.ts" */

/** @type {number[]} the slider's first; more where its plan is another one */
const DECIMALS = [3, 4, 5, 6, 7, 8, 9];

/**
 * The changes, with the share or the sparsity at which what they newly prescribe stands in the plan at hand.
 * @param {Evaluator} evaluator
 * @param {Evaluated} model what is shown
 * @param {Changes} changes
 * @returns {Changes}
 */
export function fromHere(evaluator, model, changes) {
  const { target, also } = changes;
  if (target !== undefined && target !== model.settings.target) {
    const name = target === "sparsity" ? "sparsity" : "budget";
    if (name in changes) return changes;
    const alone = /** @type {Changes} */ ({ ...changes, also: "none" });
    return { ...alone, ...standing(evaluator, model, alone, target, name) };
  }
  if (also !== undefined && also !== "none" && also !== model.settings.also && !("also_budget" in changes)) {
    return { ...changes, ...standing(evaluator, model, changes, also, "also_budget") };
  }
  return changes;
}

/**
 * @param {Evaluator} evaluator
 * @param {Evaluated} model
 * @param {Changes} changes
 * @param {Target} target
 * @param {"sparsity" | "budget" | "also_budget"} name the setting of its amount
 * @returns {Changes} nothing where it cannot be told yet
 */
function standing(evaluator, model, changes, target, name) {
  const plan = standingPlan(model);
  const amount = target === "sparsity" ? plan.sparsity : evaluator.left(plan, target, model.settings);
  if (amount === null) return {};
  for (const digits of DECIMALS) {
    const found = { [name]: Math.min(1, atLeast(amount, digits)) };
    if (evaluator.evaluate(changed(model.settings, { ...changes, ...found })).plan.left === plan.left) return found;
  }
  return { [name]: amount };
}

/**
 * The plan at hand; the smallest network there is where the settings lead to none.
 * @param {Evaluated} model
 * @returns {Plan}
 */
function standingPlan({ network, ranking, plan }) {
  return plan.feasible ? plan : planAt(network, ranking, ranking.maxFeasible);
}
