/** What steps take by the time table in use: of a plan, and along all sparsities. */
import { lifetimesOn } from "../engine/counting.js";
import { distinctSparsities } from "../engine/plan.js";
import { secondsOf, timeCurve } from "../engine/times.js";
import { GRID } from "./grid.js";
/** @import { Network, Plan, Ranking, StepKind, StepSeconds, Timed, Times } from "../types.d.ts" */

export class Clock {
  /** @type {{times: Times, full: Record<StepKind, StepSeconds>, number: number} | null} */
  #table = null;
  #tables = 0;
  /** @type {{key: Plan, number: number, timed: Timed} | null} */
  #timed = null;
  /** @type {{ranking: Ranking, number: number, known: Map<StepKind, Float64Array>} | null} seconds along sparsities */
  #along = null;

  /** @param {Network} network */
  constructor(network) {
    this.network = network;
  }

  /**
   * From now on seconds are told by this table; by none where there is none any more.
   * @param {Times | null} times
   * @returns {boolean} whether it is another table than before
   */
  use(times) {
    if ((this.#table?.times ?? null) === times) return false;
    const everything = new Uint8Array(this.network.unitCount).fill(1);
    this.#table = times && { times, full: secondsOf(times, everything), number: ++this.#tables };
    return true;
  }

  /** Which table tells the seconds, each has a number of its own; undefined where none does. */
  get number() {
    return this.#table?.number;
  }

  get known() {
    return this.#table !== null;
  }

  /** The table; an error where there is none. */
  get #known() {
    if (!this.#table) throw new Error("Seconds are known once there is a time table.");
    return this.#table;
  }

  /** The table's packet. */
  get times() {
    return this.#known.times;
  }

  /** What each layer takes, by which it may be ranked; null without a table. */
  get costs() {
    return this.#table?.times.costs ?? null;
  }

  /**
   * Seconds of a step with these units.
   * @param {Uint8Array} alive
   * @param {StepKind} kind
   */
  seconds(alive, kind) {
    return secondsOf(this.#known.times, alive)[kind].total;
  }

  /**
   * The same of the full network.
   * @param {StepKind} kind
   */
  full(kind) {
    return this.#known.full[kind].total;
  }

  /**
   * Of a training step over the grid, as shares of the full network's.
   * @param {Ranking} ranking
   */
  curve(ranking) {
    const { times, full } = this.#known;
    const seconds = timeCurve(times, "training", lifetimesOn(ranking.deciders, GRID), GRID.length);
    return seconds.map((one) => one / full.training.total);
  }

  /**
   * What steps take at every sparsity that can change a plan; remembered while the ranking stands.
   * @param {StepKind} kind
   * @param {Ranking} ranking
   */
  along(kind, ranking) {
    const { times, number } = this.#known;
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
   * @param {Plan} plan
   * @returns {Timed | null} the same as before for the same plan
   */
  timed(plan) {
    if (!this.#table) return null;
    const { times, full, number } = this.#table;
    if (this.#timed?.key !== plan || this.#timed.number !== number) {
      const after = plan.feasible ? secondsOf(times, plan.alive) : null;
      this.#timed = { key: plan, number, timed: { times, before: full, after } };
    }
    return this.#timed.timed;
  }
}
