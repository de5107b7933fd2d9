/** At which sparsity the settings' budgets are met, whatever they limit. */
import { allowance, planAt, sparsityFor, sparsityMeeting } from "../engine/plan.js";
import { OF_TIME, limitsOf, limitsTime } from "../settings.js";
/** @import { Aim, Bound, Limit, Network, Plan, Ranking, Settings, StepKind } from "../types.d.ts" */
/** @typedef {(limit: Pick<Limit, "target">) => {cost: (plan: Plan) => number, full: number}} Price */
/** @typedef {(kind: StepKind) => Float64Array} Along seconds at every sparsity that can change a plan */

/**
 * Of several budgets the first that cannot be met decides, or else the one that needs the highest sparsity.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Settings} settings
 * @param {Price} price
 * @param {Along} along
 * @returns {Aim}
 */
export function aimOf(network, ranking, settings, price, along) {
  const limits = limitsOf(settings);
  if (!limits.length) return { sparsity: settings.sparsity, met: true, least: 0, limit: null, bounds: [] };
  if (limitsTime(settings)) return aimAtSeconds(network, ranking, limits, price, along);
  const bounds = limits.map((limit) => {
    const { cost, full } = price(limit);
    return { ...sparsityFor(network, ranking, cost, full, limit.share), limit };
  });
  const decides = (/** @type {Bound} */ most, /** @type {Bound} */ one) => (one.sparsity > most.sparsity ? one : most);
  return { ...(bounds.find(({ met }) => !met) ?? bounds.reduce(decides)), bounds };
}

/**
 * The same where seconds are limited, which may rise as neurons go.
 * @param {Network} network
 * @param {Ranking} ranking
 * @param {Limit[]} limits
 * @param {Price} price
 * @param {Along} along
 * @returns {Aim}
 */
function aimAtSeconds(network, ranking, limits, price, along) {
  const priced = limits.map((limit) => {
    const { cost, full } = price(limit);
    return { limit, cost, full, allowed: allowance(limit.share, full) };
  });
  const goals = priced
    .filter(({ limit }) => !OF_TIME[limit.target])
    .map(({ cost, full, limit }) => sparsityFor(network, ranking, cost, full, limit.share));
  const from = Math.max(0, ...goals.map(({ met, sparsity }) => (met ? sparsity : Infinity)));
  const timed = priced.flatMap(({ limit, allowed }) => {
    const kind = OF_TIME[limit.target];
    return kind ? [{ allowed, costs: along(kind) }] : [];
  });
  const sparsity = sparsityMeeting(network, ranking, from, timed);
  const smallest = planAt(network, ranking, ranking.maxFeasible);
  const bounds = priced.map(({ limit, cost, full, allowed }) => {
    const least = cost(smallest);
    return { limit, sparsity: ranking.maxFeasible, met: sparsity !== null || least <= allowed, least: least / full };
  });
  if (sparsity !== null) return { sparsity, met: true, least: 0, limit: limits[0], bounds };
  const unmet = bounds.find(({ met }) => !met) ?? bounds[0];
  unmet.met = false;
  return { ...unmet, bounds };
}
