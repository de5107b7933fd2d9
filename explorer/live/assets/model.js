/** What the settings make of the network: ranked, planned, priced. Each step is taken again only where it must be. */
import { holdingsOf, largestBatch, peakCurve, peakOf } from "./engine/moments.js";
import { curveOf, fates, fullCosts, planAt, sparsityFor, sparsityLeaving } from "./engine/plan.js";
import { rank } from "./engine/ranking.js";
import { planKey, rankingKey } from "./settings.js";
/** @import { Curve, Evaluated, Goal, Holdings, Moments, Network, Plan, Ranking, Settings } from "./types.d.ts" */
/** @import { Training } from "./types.d.ts" */

/** The sparsities of the curves: 0 to 99.5 %. */
export const GRID = Float64Array.from({ length: 200 }, (_, point) => point / 200);

/** Evaluates one network; remembers its last ranking and plan. */
export class Evaluator {
  /** @type {{moments: Moments, full: Holdings} | null} of its training step, once they are known */
  #step = null;
  /** @type {{key: string, ranking: Ranking} | null} */
  #ranked = null;
  /** @type {{key: string, curve: () => Curve} | null} */
  #curved = null;
  /** @type {{key: string, target: Goal, plan: Plan, fates: () => Uint8Array} | null} */
  #planned = null;

  /** @param {Network} network */
  constructor(network) {
    this.network = network;
    this.full = fullCosts(network);
  }

  /**
   * From now on the peak of training is worked out, too.
   * @param {Moments} moments
   */
  know(moments) {
    this.#step = { moments, full: holdingsOf(moments, new Uint8Array(this.network.unitCount).fill(1)) };
  }

  /**
   * @param {Settings} settings
   * @returns {Evaluated} with the same `ranking` and `plan` as before where these did not change
   */
  evaluate(settings) {
    const { network, full } = this;
    const { ranking } = this.#ranking(settings);
    const { curve } = this.#curve(settings, ranking);
    const { target, plan, fates: became } = this.#plan(settings, ranking);
    return {
      network,
      settings,
      ranking,
      full,
      target,
      plan,
      training: this.#training(settings, ranking, plan),
      get fates() {
        return became();
      },
      get curve() {
        return curve();
      },
    };
  }

  /**
   * Equal keys mean equal curves.
   * @param {Settings} settings
   */
  curveKey(settings) {
    return `${this.#step ? settings.batch : "no moments"} ${rankingKey(settings)}`;
  }

  /**
   * Costs over the grid, as shares of the full network.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @returns {Curve}
   */
  curve(settings, ranking) {
    const curve = curveOf(this.network, ranking, GRID, this.full);
    if (!this.#step) return curve;
    const { moments, full } = this.#step;
    const whole = peakOf(full, settings.batch);
    const peak = peakCurve(moments, ranking.deciders, GRID, settings.batch).map((bytes) => bytes / whole);
    return { ...curve, peak };
  }

  /** @param {Settings} settings */
  #ranking(settings) {
    const key = rankingKey(settings);
    if (this.#ranked?.key !== key) this.#ranked = { key, ranking: rank(this.network, settings) };
    return this.#ranked;
  }

  /**
   * @param {Settings} settings
   * @param {Ranking} ranking
   */
  #curve(settings, ranking) {
    const key = this.curveKey(settings);
    if (this.#curved?.key !== key) this.#curved = { key, curve: lazily(() => this.curve(settings, ranking)) };
    return this.#curved;
  }

  /**
   * @param {Settings} settings
   * @param {Ranking} ranking
   */
  #plan(settings, ranking) {
    const { network } = this;
    const key = planKey(settings);
    if (this.#planned?.key === key) return this.#planned;
    const target = this.#sparsity(settings, ranking);
    const plan = planAt(network, ranking, target.sparsity);
    this.#planned = { key, target, plan, fates: lazily(() => fates(network, ranking, plan)) };
    return this.#planned;
  }

  /**
   * @param {Settings} settings
   * @param {Ranking} ranking
   */
  #sparsity(settings, ranking) {
    if (settings.target === "sparsity") return { sparsity: settings.sparsity, met: true, least: 0 };
    return sparsityFor(this.network, ranking, settings.target, settings.budget, this.full);
  }

  /**
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @param {Plan} plan
   * @returns {Training | null}
   */
  #training({ batch, card }, ranking, { alive, feasible }) {
    if (!this.#step) return null;
    const { moments, full } = this.#step;
    const limit = Math.trunc(card * 2 ** 30);
    const left = feasible ? holdingsOf(moments, alive) : null;
    return {
      before: peakOf(full, batch),
      after: left && peakOf(left, batch),
      fit: { limit, before: largestBatch(full, limit), after: left && largestBatch(left, limit) },
      fitting: lazily(() =>
        sparsityLeaving(this.network, ranking, (plan) => peakOf(holdingsOf(moments, plan.alive), batch), limit),
      ),
    };
  }
}

/**
 * A value worked out when it is first asked for.
 * @template Value
 * @param {() => Value} compute
 */
function lazily(compute) {
  /** @type {Value | undefined} */
  let value;
  return () => (value ??= compute());
}
