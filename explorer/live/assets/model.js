/** What the settings make of the network: ranked, planned, priced. Each step is taken again only where it must be. */
import { holdingsOf, largestBatch, peakCurve, peakOf } from "./engine/moments.js";
import { lifetimesOn } from "./engine/counting.js";
import { allowance, curveOf, distinctSparsities, fates, fullCosts, planAt } from "./engine/plan.js";
import { sparsityFor, sparsityLeaving, sparsityMeeting } from "./engine/plan.js";
import { methodsOf } from "./engine/network.js";
import { rank } from "./engine/ranking.js";
import { usesSeconds } from "./engine/reweighting.js";
import { snapOf, snapped } from "./engine/snapping.js";
import { secondsOf, timeCurve } from "./engine/times.js";
import { OF_TIME, limitsOf, limitsPeak, limitsTime, planKey, rankingKey } from "./settings.js";
/** @import { Aim, Bound, Budgeted, Curve, Evaluated, Holdings, Limit, Moments, Network } from "./types.d.ts" */
/** @import { Plan, Priced, Ranking, Resource, Settings, StepKind, StepSeconds } from "./types.d.ts" */
/** @import { Timed, Times, Training } from "./types.d.ts" */

/** @type {Resource[]} */
const RESOURCES = ["macs", "params", "activations"];

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
  /** @type {{ranking: Ranking, number: number, known: Map<StepKind, Float64Array>} | null} seconds along sparsities */
  #along = null;
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
   * Whether everything that the settings prescribe can be priced; a budget of the peak needs the moments, and one of
   * time a table.
   * @param {Settings} settings
   */
  canPrice(settings) {
    return (this.#step !== null || !limitsPeak(settings)) && (this.#clock !== null || !limitsTime(settings));
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
      left: settings.target === "sparsity" ? null : this.left(plan, settings.target, settings),
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

  /**
   * What makes plans at fast widths, whatever is prescribed; null where counts stay as they are selected.
   * @param {Settings} settings
   * @param {Ranking} ranking
   */
  fast(settings, ranking) {
    const { snap = "off" } = settings;
    if (snap === "off" || !this.#clock) return null;
    const { times, full: clock } = this.#clock;
    const { network, full } = this;
    const step = this.#step;
    const whole = step && peakOf(step.full, settings.batch);
    return {
      key: `${snap} ${this.curveKey(settings)}`,
      selected: (/** @type {number} */ sparsity) => planAt(network, ranking, sparsity),
      moved: (/** @type {Plan} */ plan) =>
        snapped(network, ranking, settings.coupling, times, plan, snap, () => true),
      /** Of the full network. @returns {Partial<Record<Priced, number>>} */
      shares: (/** @type {Plan} */ { costs, alive }) => ({
        ...Object.fromEntries(RESOURCES.map((name) => [name, full[name] ? costs[name] / full[name] : 0])),
        ...(step && whole && { peak: peakOf(holdingsOf(step.moments, alive), settings.batch) / whole }),
        seconds: secondsOf(times, alive).training.total / clock.training.total,
      }),
    };
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
    const table = (settings.snap ?? "off") !== "off" || limitsTime(settings) ? this.#clock?.number : "";
    const key = `${this.#rankingKey(settings)} ${table} ${planKey(settings)}`;
    if (this.#planned?.key === key) return this.#planned;
    const target = this.#aim(settings, ranking);
    const plan = this.#snapped(settings, ranking, target, planAt(network, ranking, target.sparsity));
    this.#planned = { key, target, plan, fates: lazily(() => fates(network, ranking, plan)) };
    return this.#planned;
  }

  /**
   * The plan with its counts moved to fast ones, within what is prescribed; as it is where nothing meets that.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @param {Aim} target
   * @param {Plan} plain
   * @returns {Plan}
   */
  #snapped(settings, ranking, target, plain) {
    const { snap = "off", coupling } = settings;
    if (snap === "off" || !this.#clock || !target.met || !plain.feasible) return plain;
    const { times } = this.#clock;
    const limits = limitsOf(settings).map((limit) => ({ ...this.#price(limit, settings), share: limit.share }));
    /** @param {Plan} plan */
    const within = (plan) => limits.every(({ cost, full, share }) => cost(plan) <= allowance(share, full));
    const plan = snapped(this.network, ranking, coupling, times, plain, snap, within);
    return { ...plan, snap: snapOf(plain, plan, ({ alive }) => secondsOf(times, alive).training.total) };
  }

  /**
   * Of several budgets the first that cannot be met decides, or else the one that needs the highest sparsity.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @returns {Aim}
   */
  #aim(settings, ranking) {
    const limits = limitsOf(settings);
    if (!limits.length) return { sparsity: settings.sparsity, met: true, least: 0, limit: null, bounds: [] };
    if (limitsTime(settings)) return this.#aimAtSeconds(settings, ranking, limits);
    const bounds = limits.map((limit) => {
      const { cost, full } = this.#price(limit, settings);
      return { ...sparsityFor(this.network, ranking, cost, full, limit.share), limit };
    });
    const decides = (/** @type {Bound} */ most, /** @type {Bound} */ one) =>
      one.sparsity > most.sparsity ? one : most;
    return { ...(bounds.find(({ met }) => !met) ?? bounds.reduce(decides)), bounds };
  }

  /**
   * The same where seconds are limited, which may rise as neurons go.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @param {Limit[]} limits
   * @returns {Aim}
   */
  #aimAtSeconds(settings, ranking, limits) {
    const priced = limits.map((limit) => {
      const { cost, full } = this.#price(limit, settings);
      return { limit, cost, full, allowed: allowance(limit.share, full) };
    });
    const goals = priced
      .filter(({ limit }) => !OF_TIME[limit.target])
      .map(({ cost, full, limit }) => sparsityFor(this.network, ranking, cost, full, limit.share));
    const from = Math.max(0, ...goals.map(({ met, sparsity }) => (met ? sparsity : Infinity)));
    const timed = priced.flatMap(({ limit, allowed }) => {
      const kind = OF_TIME[limit.target];
      return kind ? [{ allowed, costs: this.#secondsAlong(kind, ranking) }] : [];
    });
    const sparsity = sparsityMeeting(this.network, ranking, from, timed);
    const smallest = planAt(this.network, ranking, ranking.maxFeasible);
    const bounds = priced.map(({ limit, cost, full, allowed }) => {
      const least = cost(smallest);
      return { limit, sparsity: ranking.maxFeasible, met: sparsity !== null || least <= allowed, least: least / full };
    });
    if (sparsity !== null) return { sparsity, met: true, least: 0, limit: limits[0], bounds };
    const unmet = bounds.find(({ met }) => !met) ?? bounds[0];
    unmet.met = false;
    return { ...unmet, bounds };
  }

  /**
   * What steps take at every sparsity that can change a plan; remembered while the ranking stands.
   * @param {StepKind} kind
   * @param {Ranking} ranking
   */
  #secondsAlong(kind, ranking) {
    if (!this.#clock) throw new Error("Seconds are known once there is a time table.");
    const { times, number } = this.#clock;
    if (this.#along?.ranking !== ranking || this.#along.number !== number) {
      this.#along = { ranking, number, known: new Map() };
    }
    const { known } = this.#along;
    const grid = distinctSparsities(this.network, ranking);
    const found = known.get(kind) ?? timeCurve(times, kind, lifetimesOn(ranking.deciders, grid), grid.length);
    known.set(kind, found);
    return found;
  }

  /**
   * What a plan takes of what is limited, and the full network.
   * @param {Pick<Limit, "target">} limit
   * @param {Settings} settings
   */
  #price({ target }, { batch }) {
    const kind = OF_TIME[target];
    if (kind) {
      if (!this.#clock) throw new Error("A budget of time is priced once there is a time table.");
      const { times, full } = this.#clock;
      return { cost: (/** @type {Plan} */ { alive }) => secondsOf(times, alive)[kind].total, full: full[kind].total };
    }
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
   * The share that a plan leaves of what may be limited; null where that cannot be priced yet.
   * @param {Plan} plan
   * @param {Budgeted} target
   * @param {Settings} settings
   */
  left(plan, target, settings) {
    if ((target === "peak" && !this.#step) || (OF_TIME[target] && !this.#clock)) return null;
    const { cost, full } = this.#price({ target }, settings);
    return full ? cost(plan) / full : null;
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
