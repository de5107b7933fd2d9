/** What the settings make of the network: ranked, planned, priced. Each step is taken again only where it must be. */
import { allowance, curveOf, fates, fullCosts, planAt } from "./engine/plan.js";
import { methodsOf } from "./engine/network.js";
import { rank } from "./engine/ranking.js";
import { usesSeconds } from "./engine/reweighting.js";
import { snapOf, snapped } from "./engine/snapping.js";
import { aimOf } from "./model/aim.js";
import { Clock } from "./model/clock.js";
import { GRID } from "./model/grid.js";
import { lazily } from "./model/lazily.js";
import { TrainingStep } from "./model/training.js";
import { OF_TIME, limitsOf, limitsPeak, limitsTime, planKey, rankingKey } from "./settings.js";
/** @import { Aim, Budgeted, Curve, Evaluated, Limit, Moments, Network } from "./types.d.ts" */
/** @import { Plan, Priced, Ranking, Resource, Settings, Times } from "./types.d.ts" */

export { GRID };

/** @type {Resource[]} */
const RESOURCES = ["macs", "params", "activations"];

/** Evaluates one network; remembers its last ranking and plan. */
export class Evaluator {
  /** @type {TrainingStep} */
  #step;
  /** @type {Clock} */
  #clock;
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
    this.#step = new TrainingStep(network);
    this.#clock = new Clock(network);
  }

  /**
   * From now on the peak of training is worked out, too.
   * @param {Moments} moments
   */
  know(moments) {
    this.#step.know(moments);
  }

  /**
   * From now on seconds are worked out by this table, too; by none where there is none any more.
   * @param {Times | null} times
   * @returns {boolean} whether it is another table than before
   */
  time(times) {
    return this.#clock.use(times);
  }

  /** The methods that can be shown: start scores are there, and a time table where one ranks by seconds. */
  get methods() {
    const { network } = this;
    return methodsOf(network).filter((name) => this.#clock.known || network.methods[name].cost !== "seconds");
  }

  /** @param {Settings} settings */
  rank(settings) {
    return rank(this.network, settings, this.#clock.costs);
  }

  /**
   * Whether everything that the settings prescribe can be priced; a budget of the peak needs the moments, and one of
   * time a table.
   * @param {Settings} settings
   */
  canPrice(settings) {
    return (this.#step.known || !limitsPeak(settings)) && (this.#clock.known || !limitsTime(settings));
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
      training: this.#step.training(settings, ranking, plan),
      timed: this.#clock.timed(plan),
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
    const table = this.#clock.number ?? "no table";
    return `${this.#step.known ? settings.batch : "no moments"} ${table} ${rankingKey(settings)}`;
  }

  /**
   * Costs over the grid, as shares of the full network.
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @returns {Curve}
   */
  curve(settings, ranking) {
    const curve = curveOf(this.network, ranking, GRID, this.full);
    if (this.#step.known) curve.peak = this.#step.curve(ranking, settings.batch);
    if (this.#clock.known) curve.seconds = this.#clock.curve(ranking);
    return curve;
  }

  /**
   * What makes plans at fast widths, whatever is prescribed; null where counts stay as they are selected.
   * @param {Settings} settings
   * @param {Ranking} ranking
   */
  fast(settings, ranking) {
    const { snap = "off", batch } = settings;
    if (snap === "off" || !this.#clock.known) return null;
    const { times } = this.#clock;
    const { network, full } = this;
    const [clock, step] = [this.#clock, this.#step];
    return {
      key: `${snap} ${this.curveKey(settings)}`,
      selected: (/** @type {number} */ sparsity) => planAt(network, ranking, sparsity),
      moved: (/** @type {Plan} */ plan) =>
        snapped(network, ranking, settings.coupling, times, plan, snap, () => true),
      /** Of the full network. @returns {Partial<Record<Priced, number>>} */
      shares: (/** @type {Plan} */ { costs, alive }) => ({
        ...Object.fromEntries(RESOURCES.map((name) => [name, full[name] ? costs[name] / full[name] : 0])),
        ...(step.known && { peak: step.peak(alive, batch) / step.full(batch) }),
        seconds: clock.seconds(alive, "training") / clock.full("training"),
      }),
    };
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
    const table = usesSeconds(this.network, settings) ? (this.#clock.number ?? 0) : "";
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
    const table = (settings.snap ?? "off") !== "off" || limitsTime(settings) ? this.#clock.number : "";
    const key = `${this.#rankingKey(settings)} ${table} ${planKey(settings)}`;
    if (this.#planned?.key === key) return this.#planned;
    const price = (/** @type {Pick<Limit, "target">} */ limit) => this.#price(limit, settings);
    const target = aimOf(network, ranking, settings, price, (kind) => this.#clock.along(kind, ranking));
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
    if (snap === "off" || !this.#clock.known || !target.met || !plain.feasible) return plain;
    const limits = limitsOf(settings).map((limit) => ({ ...this.#price(limit, settings), share: limit.share }));
    /** @param {Plan} plan */
    const within = (plan) => limits.every(({ cost, full, share }) => cost(plan) <= allowance(share, full));
    const plan = snapped(this.network, ranking, coupling, this.#clock.times, plain, snap, within);
    return { ...plan, snap: snapOf(plain, plan, ({ alive }) => this.#clock.seconds(alive, "training")) };
  }

  /**
   * What a plan takes of what is limited, and the full network.
   * @param {Pick<Limit, "target">} limit
   * @param {Settings} settings
   */
  #price({ target }, { batch }) {
    const kind = OF_TIME[target];
    if (kind) {
      const clock = this.#clock;
      return { cost: (/** @type {Plan} */ { alive }) => clock.seconds(alive, kind), full: clock.full(kind) };
    }
    if (target !== "peak") {
      const resource = /** @type {Resource} */ (this.network.budgets[target].cost);
      return { cost: (/** @type {Plan} */ plan) => plan.costs[resource], full: this.full[resource] };
    }
    const step = this.#step;
    return { cost: (/** @type {Plan} */ { alive }) => step.peak(alive, batch), full: step.full(batch) };
  }

  /**
   * The share that a plan leaves of what may be limited; null where that cannot be priced yet.
   * @param {Plan} plan
   * @param {Budgeted} target
   * @param {Settings} settings
   */
  left(plan, target, settings) {
    if ((target === "peak" && !this.#step.known) || (OF_TIME[target] && !this.#clock.known)) return null;
    const { cost, full } = this.#price({ target }, settings);
    return full ? cost(plan) / full : null;
  }
}
