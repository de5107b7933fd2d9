/** What the settings make of the network: ranked, planned, priced. Each step is taken again only where it must be. */
import { curveOf, fates, fullCosts, planAt, sparsityFor } from "./engine/plan.js";
import { rank } from "./engine/ranking.js";
import { planKey, rankingKey } from "./settings.js";

/** The sparsities of the curves: 0 to 99.5 %. */
export const GRID = Float64Array.from({ length: 200 }, (_, point) => point / 200);

/**
 * @typedef {object} Model
 * @property {object} network, settings, ranking, plan as the engine has them
 * @property {object} full the full network's costs
 * @property {{sparsity: number, met: boolean, least: number}} target where the plan stands; `least` share that is left
 * @property {Uint8Array} fates of every neuron, worked out when first asked for
 * @property {object} curve of the method: shares of each resource left, at each sparsity of GRID; when first asked for
 */

/** Evaluates one network; remembers its last ranking and plan. */
export class Evaluator {
  #ranked = { key: null };
  #planned = { key: null };

  constructor(network) {
    this.network = network;
    this.full = fullCosts(network);
  }

  /** @returns {Model} with the same `ranking` and `plan` as before where these did not change */
  evaluate(settings) {
    const { network, full } = this;
    const key = rankingKey(settings);
    if (this.#ranked.key !== key) {
      const ranking = rank(network, settings);
      this.#ranked = { key, ranking, curve: lazily(() => curveOf(network, ranking, GRID, full)) };
    }
    const { ranking, curve } = this.#ranked;
    const asked = planKey(settings);
    if (this.#planned.key !== asked) {
      const target = this.#sparsity(settings, ranking);
      const plan = planAt(network, ranking, target.sparsity);
      this.#planned = { key: asked, target, plan, fates: lazily(() => fates(network, ranking, plan)) };
    }
    const { target, plan, fates: became } = this.#planned;
    return {
      network,
      settings,
      ranking,
      full,
      target,
      plan,
      get fates() {
        return became();
      },
      get curve() {
        return curve();
      },
    };
  }

  #sparsity(settings, ranking) {
    if (settings.target === "sparsity") return { sparsity: settings.sparsity, met: true, least: 0 };
    return sparsityFor(this.network, ranking, settings.target, settings.budget, this.full);
  }
}

/** A value worked out when it is first asked for. */
function lazily(compute) {
  let value;
  return () => (value ??= compute());
}
