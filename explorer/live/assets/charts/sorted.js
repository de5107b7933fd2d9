/** Neurons of every layer from the most to the least important. */
/** @import { Network, Ranking } from "../types.d.ts" */

export class Sorted {
  /** @type {WeakMap<Float32Array, Int32Array>} of scores their order */
  #orders = new WeakMap();
  /** @type {Int32Array | null} */
  #last = null;

  /** @param {Network} network */
  constructor(network) {
    this.network = network;
  }

  /**
   * Neurons, layer after layer, each layer's best first.
   * @param {Ranking} ranking
   */
  order(ranking) {
    const order = this.#orders.get(ranking.scores) ?? this.#sort(ranking.scores);
    this.#orders.set(ranking.scores, order);
    return order;
  }

  /**
   * log10 of the importance relative to the highest, in that order.
   * @param {Ranking} ranking
   */
  logs(ranking) {
    const scale = Math.log10(ranking.highest);
    const order = this.order(ranking);
    const logs = new Float32Array(order.length);
    for (let place = 0; place < logs.length; place++) logs[place] = Math.log10(ranking.scores[order[place]]) - scale;
    return logs;
  }

  /**
   * Factors change whole layers: the last order nearly always still holds, and is then taken over.
   * @param {Float32Array} scores
   */
  #sort(scores) {
    const { starts, total, layers } = this.network;
    const order = this.#last?.slice() ?? Int32Array.from({ length: total }, (_, at) => at);
    for (let layer = 0; layer < layers.length; layer++) {
      const own = order.subarray(starts[layer], starts[layer + 1]);
      if (!isSorted(scores, own)) own.sort((a, b) => scores[b] - scores[a] || a - b);
    }
    this.#last = order;
    return order;
  }
}

/**
 * @param {Float32Array} scores
 * @param {Int32Array} own
 */
function isSorted(scores, own) {
  for (let place = 1; place < own.length; place++) if (comes(scores, own[place], own[place - 1])) return false;
  return true;
}

/**
 * Whether neuron a belongs before neuron b.
 * @param {Float32Array} scores
 * @param {number} a
 * @param {number} b
 */
function comes(scores, a, b) {
  return scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
}
