/** What the settings make of the network: ranked, planned, priced. Each step is taken again only where it must be. */
import { holdingsOf, largestBatch, peakCurve, peakOf } from "./engine/moments.js";
import { lifetimesOn } from "./engine/counting.js";
import { curveOf, fates, fullCosts, planAt, sparsityFor, sparsityLeaving } from "./engine/plan.js";
import { methodsOf } from "./engine/network.js";
import { rank } from "./engine/ranking.js";
import { usesSeconds } from "./engine/reweighting.js";
import { secondsOf, timeCurve } from "./engine/times.js";
import { limitsOf, limitsPeak, planKey, rankingKey } from "./settings.js";
/** @import { Aim, Curve, Evaluated, Holdings, Limit, Moments, Network, Plan, Ranking, Resource } from "./types.d.ts" */
/** @import { Settings, StepKind, StepSeconds, Timed, Times, Training } from "./types.d.ts" */

/** The sparsities of the curves: 0 to 99.5 %. */
export const GRID = Float64Array.from({ length: 200 }, (_, point) => point / 200);

/** Evaluates one network; remembers its last ranking and plan. */
export class Evaluator {
  /** @type {{moments: Moments, full: Holdings} | null} of its training step, once they are known */
  #step = null;
  /** @type {{times: Times, full: Record<StepKind, StepSeconds>, number: number} | null} by the time table in use */
  #clock = null;
  /** @type {{key: Plan, number: number, timed: Timed} | null} */
  #timed = null;
  #clocks = 0;
  /** @type {{key: string, ranking: Ranking} | null} */
  #ranked = null;
  /** @type {{key: string, curve: () => Curve} | null} */
  #curved = null;
  /** @type {{key: string, target: Aim, plan: Plan, fates: () => Uint8Array} | null} */
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
    this.#step = { moments, full: holdingsOf(moments, this.#everything()) };
  }

  /**
   * From now on seconds are worked out by this table, too; by none where there is none any more.
   * @param {Times | null} times
   * @returns {boolean} whether it is another table than before
   */
  time(times) {
    if ((this.#clock?.times ?? null) === times) return false;
    this.#clock = times && { times, full: secondsOf(times, this.#everything()), number: ++this.#clocks };
    return true;
  }

  /** The methods that can be shown: start scores are there, and a time table where one ranks by seconds. */
  get methods() {
    const { network } = this;
    return methodsOf(network).filter((name) => this.#clock || network.methods[name].cost !== "seconds");
  }

  /** @param {Settings} settings */
  rank(settings) {
    return rank(this.network, settings, this.#clock?.times.costs ?? null);
  }

  /**
   * Whether everything that the settings prescribe can be priced; a budget of the peak needs the moments.
   * @param {Settings} settings
   */
  canPrice(settings) {
    return this.#step !== null || !limitsPeak(settings);
  }

  /**
   * @param {Settings} settings ones that can be priced
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
      timed: this.#seconds(plan),
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
    const table = this.#clock?.number ?? "no table";
    return `${this.#step ? settings.batch : "no moments"} ${table} ${rankingKey(settings)}`;
  }

  /**
   * Costs over the grid, as shares of the full network.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @returns {Curve}
   */
  curve(settings, ranking) {
    const curve = curveOf(this.network, ranking, GRID, this.full);
    if (this.#step) {
      const { moments, full } = this.#step;
      const whole = peakOf(full, settings.batch);
      curve.peak = peakCurve(moments, ranking.deciders, GRID, settings.batch).map((bytes) => bytes / whole);
    }
    if (this.#clock) {
      const { times, full } = this.#clock;
      const seconds = timeCurve(times, "training", lifetimesOn(ranking.deciders, GRID), GRID.length);
      curve.seconds = seconds.map((one) => one / full.training.total);
    }
    return curve;
  }

  #everything() {
    return new Uint8Array(this.network.unitCount).fill(1);
  }

  /** @param {Settings} settings */
  #ranking(settings) {
    const key = this.#rankingKey(settings);
    if (this.#ranked?.key !== key) this.#ranked = { key, ranking: this.rank(settings) };
    return this.#ranked;
  }

  /**
   * Equal keys mean equal rankings, by the same time table where they hang on one.
   * @param {Settings} settings
   */
  #rankingKey(settings) {
    const table = usesSeconds(this.network, settings) ? (this.#clock?.number ?? 0) : "";
    return `${table} ${rankingKey(settings)}`;
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
    const key = `${this.#rankingKey(settings)} ${planKey(settings)}`;
    if (this.#planned?.key === key) return this.#planned;
    const target = this.#aim(settings, ranking);
    const plan = planAt(network, ranking, target.sparsity);
    this.#planned = { key, target, plan, fates: lazily(() => fates(network, ranking, plan)) };
    return this.#planned;
  }

  /**
   * Of several budgets the first that cannot be met decides, or else the one that needs the highest sparsity.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @returns {Aim}
   */
  #aim(settings, ranking) {
    const limits = limitsOf(settings);
    if (!limits.length) return { sparsity: settings.sparsity, met: true, least: 0, limit: null };
    const aims = limits.map((limit) => {
      const { cost, full } = this.#price(limit, settings);
      return { ...sparsityFor(this.network, ranking, cost, full, limit.share), limit };
    });
    return aims.find(({ met }) => !met) ?? aims.reduce((most, aim) => (aim.sparsity > most.sparsity ? aim : most));
  }

  /**
   * What a plan takes of what is limited, and the full network.
   * @param {Limit} limit
   * @param {Settings} settings
   */
  #price({ target }, { batch }) {
    if (target !== "peak") {
      const resource = /** @type {Resource} */ (this.network.budgets[target].cost);
      return { cost: (/** @type {Plan} */ plan) => plan.costs[resource], full: this.full[resource] };
    }
    if (!this.#step) throw new Error("A budget of the peak is priced once the moments are known.");
    const { moments, full } = this.#step;
    const cost = (/** @type {Plan} */ plan) => peakOf(holdingsOf(moments, plan.alive), batch);
    return { cost, full: peakOf(full, batch) };
  }

  /**
   * @param {Plan} plan
   * @returns {Timed | null} the same as before for the same plan
   */
  #seconds(plan) {
    if (!this.#clock) return null;
    const { times, full, number } = this.#clock;
    if (this.#timed?.key !== plan || this.#timed.number !== number) {
      const after = plan.feasible ? secondsOf(times, plan.alive) : null;
      this.#timed = { key: plan, number, timed: { times, before: full, after } };
    }
    return this.#timed.timed;
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
