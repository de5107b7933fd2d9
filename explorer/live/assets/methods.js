/** The curves of all methods, worked out while nothing else is to do. */
import { methodsOf } from "./engine/network.js";
import { curveOf } from "./engine/plan.js";
import { rank } from "./engine/ranking.js";
import { GRID } from "./model.js";
import { changed, rankingKey } from "./settings.js";

const PAUSE = 150; // milliseconds without a change of the ranking: while something is dragged, only its method moves

export class MethodCurves {
  #curves = new Map(); // method -> {key, curve, maxFeasible}
  #key = null;
  #timer = null;

  /** @param {() => void} ready called when more curves are there */
  constructor(network, full, ready) {
    Object.assign(this, { network, full, ready, methods: methodsOf(network) });
  }

  /**
   * The curves known: method -> `{curve, maxFeasible}`. The model's own is always up to date, others may follow.
   * The blend is shown only where it is chosen: at other times it is one of its ends.
   */
  of(model) {
    const { settings, ranking } = model;
    const key = rankingKey(settings);
    if (key !== this.#key) {
      this.#key = key;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#next(settings), this.#curves.size ? PAUSE : 0);
    }
    this.#curves.set(settings.method, { key, curve: model.curve, maxFeasible: ranking.maxFeasible });
    if (settings.method !== "blend") this.#curves.delete("blend");
    return this.#curves;
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** One method at a time, so that the next input does not wait. */
  #next(settings) {
    for (const method of this.methods) {
      if (method === "blend") continue;
      const asked = changed(settings, { method });
      const key = rankingKey(asked);
      if (this.#curves.get(method)?.key === key) continue;
      const ranking = rank(this.network, asked);
      const curve = curveOf(this.network, ranking, GRID, this.full);
      this.#curves.set(method, { key, curve, maxFeasible: ranking.maxFeasible });
      this.#timer = setTimeout(() => this.#next(settings), 0);
      return;
    }
    this.ready();
  }
}
