/** Neurons of every layer from the most to the least important. */

export class Sorted {
  #orders = new WeakMap(); // scores -> order
  #last = null;

  constructor(network) {
    this.network = network;
  }

  /** Neurons, layer after layer, each layer's best first. */
  order(ranking) {
    if (!this.#orders.has(ranking.scores)) this.#orders.set(ranking.scores, this.#sort(ranking.scores));
    return this.#orders.get(ranking.scores);
  }

  /** log10 of the importance relative to the highest, in that order. */
  logs(ranking) {
    const scale = Math.log10(ranking.highest);
    const order = this.order(ranking);
    const logs = new Float32Array(order.length);
    for (let place = 0; place < logs.length; place++) logs[place] = Math.log10(ranking.scores[order[place]]) - scale;
    return logs;
  }

  /** Factors change whole layers: the last order nearly always still holds, and is then taken over. */
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

function isSorted(scores, own) {
  for (let place = 1; place < own.length; place++) if (comes(scores, own[place], own[place - 1])) return false;
  return true;
}

/** Whether neuron a belongs before neuron b. */
function comes(scores, a, b) {
  return scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
}
