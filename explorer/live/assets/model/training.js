/** What a training step holds at its peak, of a plan and along all sparsities, and which batches fit a card. */
import { holdingsOf, largestBatch, peakCurve, peakOf } from "../engine/moments.js";
import { sparsityLeaving } from "../engine/plan.js";
import { GRID } from "./grid.js";
import { lazily } from "./lazily.js";
/** @import { Holdings, Moments, Network, Plan, Ranking, Settings, Training } from "../types.d.ts" */

export class TrainingStep {
  /** @type {{moments: Moments, full: Holdings} | null} once they are known */
  #step = null;

  /** @param {Network} network */
  constructor(network) {
    this.network = network;
  }

  /** @param {Moments} moments */
  know(moments) {
    const everything = new Uint8Array(this.network.unitCount).fill(1);
    this.#step = { moments, full: holdingsOf(moments, everything) };
  }

  get known() {
    return this.#step !== null;
  }

  /** What is known of the step; an error before that. */
  get #known() {
    if (!this.#step) throw new Error("A budget of the peak is priced once the moments are known.");
    return this.#step;
  }

  /**
   * Bytes at the peak with these units.
   * @param {Uint8Array} alive
   * @param {number} batch
   */
  peak(alive, batch) {
    return peakOf(holdingsOf(this.#known.moments, alive), batch);
  }

  /**
   * The same of the full network.
   * @param {number} batch
   */
  full(batch) {
    return peakOf(this.#known.full, batch);
  }

  /**
   * The peak over the grid, as shares of the full network's.
   * @param {Ranking} ranking
   * @param {number} batch
   */
  curve(ranking, batch) {
    const whole = this.full(batch);
    return peakCurve(this.#known.moments, ranking.deciders, GRID, batch).map((bytes) => bytes / whole);
  }

  /**
   * @param {Settings} settings
   * @param {Ranking} ranking
   * @param {Plan} plan
   * @returns {Training | null}
   */
  training({ batch, card }, ranking, { alive, feasible }) {
    if (!this.#step) return null;
    const { moments, full } = this.#step;
    const limit = Math.trunc(card * 2 ** 30);
    const left = feasible ? holdingsOf(moments, alive) : null;
    return {
      before: peakOf(full, batch),
      after: left && peakOf(left, batch),
      fit: { limit, before: largestBatch(full, limit), after: left && largestBatch(left, limit) },
      fitting: lazily(() =>
        sparsityLeaving(this.network, ranking, (one) => peakOf(holdingsOf(moments, one.alive), batch), limit),
      ),
    };
  }
}
