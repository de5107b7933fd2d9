/** What is left at every sparsity at fast widths, worked out while nothing else is to do. */
import { GRID } from "../model.js";
/** @import { Evaluator } from "../model.js" */
/** @import { Curve, Evaluated, Plan } from "../types.d.ts" */

const PAUSE = 150; // milliseconds without a change of the ranking
const SLICE = 8; // milliseconds, so that the next input does not wait

/** @typedef {NonNullable<ReturnType<Evaluator["fast"]>>} Fast */

export class FastCurve {
  /** @type {string | null} of the curve that is there, or on its way */
  #key = null;
  /** @type {Curve | null} */
  #curve = null;
  /** @type {number | undefined} */
  #timer = undefined;

  /**
   * @param {Evaluator} evaluator
   * @param {() => void} ready called when the curve is there
   */
  constructor(evaluator, ready) {
    this.evaluator = evaluator;
    this.ready = ready;
  }

  /**
   * The curve of the settings; null where counts stay as they are selected, and until it is worked out.
   * @param {Evaluated} model
   */
  of({ settings, ranking }) {
    const fast = this.evaluator.fast(settings, ranking);
    if ((fast?.key ?? null) === this.#key) return this.#curve;
    this.stop();
    this.#key = fast?.key ?? null;
    if (fast) this.#timer = setTimeout(() => this.#go(fast, blank(), 0, null), PAUSE);
    return null;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#key = this.#curve = null;
  }

  /**
   * As many points as fit into a slice; neighbours that keep as many neurons are one plan.
   * @param {Fast} fast
   * @param {Record<string, Float64Array>} curve
   * @param {number} from
   * @param {{plan: Plan, shares: Partial<Record<string, number>>} | null} last
   */
  #go(fast, curve, from, last) {
    const end = performance.now() + SLICE;
    let [point, found] = [from, last];
    for (; point < GRID.length && (point === from || performance.now() < end); point++) {
      const selected = fast.selected(GRID[point]);
      if (found?.plan.left !== selected.left) found = { plan: selected, shares: fast.shares(fast.moved(selected)) };
      for (const [name, share] of Object.entries(found.shares)) {
        (curve[name] ??= new Float64Array(GRID.length))[point] = share ?? NaN;
      }
    }
    if (point < GRID.length) {
      this.#timer = setTimeout(() => this.#go(fast, curve, point, found), 0);
      return;
    }
    this.#curve = /** @type {Curve} */ (/** @type {unknown} */ (curve));
    this.ready();
  }
}

/** @returns {Record<string, Float64Array>} by what is priced */
function blank() {
  return {};
}
