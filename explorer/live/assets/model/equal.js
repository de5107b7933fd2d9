/** Every method on equal terms: the same share left of one resource, or as many neurons removed; all else is alike. */
import { Evaluator } from "../model.js";
import { changed } from "../settings.js";
/** @import { Evaluated, Model, Network, Settings } from "../types.d.ts" */

export class Equal {
  /** @type {Map<string, Evaluator>} one a method, so that a drag ranks nothing anew */
  #evaluators = new Map();

  /** @param {Network} network */
  constructor(network) {
    this.network = network;
  }

  /**
   * What each method makes of the settings' target, in the library's order; those that lack seconds are left out.
   * @param {Model} model
   * @returns {{name: string, found: Evaluated}[]}
   */
  of({ settings, timed }) {
    return Object.keys(this.network.methods).flatMap((name) => {
      const evaluator = this.#evaluator(name);
      evaluator.time(timed?.times ?? null);
      const asked = asOthers(settings, name);
      if (!evaluator.methods.includes(name) || !evaluator.canPrice(asked)) return [];
      return [{ name, found: evaluator.evaluate(asked) }];
    });
  }

  /** @param {string} name */
  #evaluator(name) {
    const found = this.#evaluators.get(name) ?? new Evaluator(this.network);
    this.#evaluators.set(name, found);
    return found;
  }
}

/**
 * The settings with another method, as explorer/state/pins.py has them (at_equal): at its ends the blend is another.
 * @param {Settings} settings
 * @param {string} method
 */
function asOthers(settings, method) {
  const { alpha, time_share: share = 0 } = settings;
  const inside = { alpha: alpha > 0 && alpha < 1 ? alpha : 0.5, time_share: share < 1 ? share : 0 };
  return changed({ ...settings, ...inside, also: "none" }, { method });
}
