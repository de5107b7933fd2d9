/** The curves of all methods, worked out while nothing else is to do. */
import { changed } from "./settings.js";
/** @import { Evaluator } from "./model.js" */
/** @import { Evaluated, MethodCurve, Settings } from "./types.d.ts" */

const PAUSE = 150; // milliseconds without a change of the ranking: while something is dragged, only its method moves

export class MethodCurves {
  /** @type {Map<string, MethodCurve>} */
  #curves = new Map();
  /** @type {string | null} */
  #key = null;
  /** @type {number | undefined} */
  #timer = undefined;

  /**
   * @param {Evaluator} evaluator
   * @param {() => void} ready called when more curves are there
   */
  constructor(evaluator, ready) {
    this.evaluator = evaluator;
    this.ready = ready;
  }

  /**
   * The curves known: method -> `{curve, maxFeasible}`. The model's own is always up to date, others may follow.
   * The blend is shown only where it is chosen: at other times it is one of its ends.
   * @param {Evaluated} model
   */
  of(model) {
    const { settings, ranking } = model;
    const key = this.evaluator.curveKey(settings);
    if (key !== this.#key) {
      this.#key = key;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#next(settings), this.#curves.size ? PAUSE : 0);
    }
    this.#curves.set(settings.method, { key, curve: model.curve, maxFeasible: ranking.maxFeasible });
    if (settings.method !== "blend") this.#curves.delete("blend");
    for (const name of this.#curves.keys()) if (!this.evaluator.methods.includes(name)) this.#curves.delete(name);
    return this.#curves;
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /**
   * One method at a time, so that the next input does not wait.
   * @param {Settings} settings
   */
  #next(settings) {
    for (const method of this.evaluator.methods) {
      if (method === "blend") continue;
      const asked = changed(settings, { method });
      const key = this.evaluator.curveKey(asked);
      if (this.#curves.get(method)?.key === key) continue;
      const ranking = this.evaluator.rank(asked);
      const curve = this.evaluator.curve(asked, ranking);
      this.#curves.set(method, { key, curve, maxFeasible: ranking.maxFeasible });
      this.#timer = setTimeout(() => this.#next(settings), 0);
      return;
    }
    this.ready();
  }
}
