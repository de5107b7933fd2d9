/** What the layers' chart shows at each step. */
import { Sorted } from "../charts/sorted.js";
import { weightsOf } from "../engine/reweighting.js";
import { layerSpreads, ofLayer } from "../engine/steps.js";
import { weightSpread } from "../engine/weights.js";
import { TINTS, tints } from "./painting.js";
import { plain } from "./math.js";
/** @import { Costed, Entry, Model, Network, Now, Scene, Scored, Spread } from "../types.d.ts" */
/** @import { Step, Steps, Texts, Weights } from "../types.d.ts" */

const BELOW = 30; // the axis ends where scores are so many times lower than the lowest layer's mean

export class Scenes {
  /** @type {{key: string | null, low: number, high: number}} */
  #range = { key: null, low: 0, high: 0 };

  /**
   * @param {Network} network
   * @param {Texts} texts
   */
  constructor(network, texts) {
    this.network = network;
    this.texts = texts;
    this.sorted = new Sorted(network);
  }

  /** @param {Step} step */
  #empty(step) {
    const nothing = { before: null, highest: null, costs: null, factors: null, marks: null, limits: null };
    return { title: this.texts[`${step}_chart`], ...nothing };
  }

  /**
   * What single weights contribute.
   * @param {Weights} found
   * @param {number} average of the chosen neuron's contributions
   * @param {number} layer of that neuron
   * @returns {Scene}
   */
  weights(found, average, layer) {
    const { texts, network } = this;
    const spreads = network.layers.map((_, one) => weightSpread(found, one));
    const value = found.signed ? null : average;
    return {
      ...this.#empty("sensitivity"),
      axis: texts.sensitivity_axis,
      range: [found.top - found.decades + 2, found.top],
      spreads,
      chosen: { layer, value },
      legend: this.#legend([...(value === null ? [] : ["average"]), "layer", "box", "range", "mean"]),
      words: this.#inWords(texts.sensitivity_chart, spreads),
    };
  }

  /**
   * The neurons' scores after a step.
   * @param {Scored} step
   * @param {Now} now as the view puts it together
   */
  scores(step, now) {
    const { network, texts } = this;
    const { all, layer, at, model, numbers, taken } = now;
    const spreads = layerSpreads(network, all[step]);
    /** @type {Scene} */
    const scene = {
      ...this.#empty(step),
      axis: texts.score_axis,
      range: this.#scale(all, model),
      spreads,
      chosen: { layer, value: all[step][at] },
      legend: this.#legend(["neuron", "layer", "box", "range", "mean"]),
      words: this.#inWords(texts[`${step}_chart`], spreads),
    };
    if (!taken) scene.title = texts.importance_chart;
    if (step === "balance" && taken) this.#balanced(scene, now);
    if (step === "resources" && taken) this.#weighed(scene, now);
    if (step === "threshold") this.#selected(scene, now);
    if (step === "threshold" && numbers.threshold.layerwise) scene.title = texts.threshold_chart_layerwise;
    return scene;
  }

  /**
   * @param {Scene} scene
   * @param {Now} now
   */
  #balanced(scene, { all, numbers }) {
    scene.before = layerSpreads(this.network, all.importance);
    scene.highest = numbers.balance.highest;
    scene.factors = all.factors.balance;
    scene.legend = this.#legend(["neuron", "layer", "box", "mean", "before", "highest"]);
  }

  /**
   * @param {Scene} scene
   * @param {Now} now
   */
  #weighed(scene, { all, model }) {
    const { settings, ranking } = model;
    /** @type {Record<Costed, Float64Array | null>} */
    const costs = { ...this.network.costs, seconds: ranking.seconds };
    /** @param {Float64Array} values */
    const share = (values) => values.map((value) => value / values.reduce((most, one) => Math.max(most, one), 0));
    scene.before = layerSpreads(this.network, all.balance);
    scene.factors = all.factors.resources;
    scene.costs = weightsOf(this.network.methods[settings.method].cost, settings).flatMap(([name]) => {
      const values = costs[name];
      return values ? [{ tint: TINTS[name], shares: share(values) }] : [];
    });
    const bars = scene.costs.map(({ tint }) => tint);
    scene.legend = this.#legend(["neuron", "layer", "box", "mean", "before", ...bars]);
  }

  /**
   * @param {Scene} scene
   * @param {Now} now
   */
  #selected(scene, { at, layer, model, numbers }) {
    const { network, sorted } = this;
    const { ranking, plan, fates } = model;
    const order = sorted.order(ranking);
    const logs = Float32Array.from(order, (one) => Math.log10(ranking.scores[one]));
    const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
    const place = order.indexOf(at, start) - start;
    scene.chosen.aside = 0.76 * ((place + 0.5) / (stop - start) - 0.5);
    scene.marks = { network, order, logs, fates };
    scene.limits = ranking.pools.map(({ ordered }) => {
      const kept = Math.trunc(ordered.length * (1 - plan.sparsity));
      return kept ? ordered[kept - 1] : null;
    });
    const line = numbers.threshold.threshold;
    const threshold = `${this.texts.threshold}: ${line === null ? "–" : plain(line)}`;
    scene.words = `${scene.words} ${threshold}. ${plan.left} / ${network.total} ${this.texts.kept}.`;
    scene.legend = this.#legend(["neuron", "kept", "removed", "rescued", "dropped", "threshold"]);
  }

  /**
   * One axis for all steps of a method. It only grows, so that nothing jumps while a control is dragged.
   * @param {Steps} all
   * @param {Model} model
   * @returns {[number, number]}
   */
  #scale(all, { settings, ranking }) {
    const { scores, balance, cost } = this.network.methods[settings.method];
    const key = `${scores} ${balance} ${cost !== null}`;
    let [least, most, mean] = [Infinity, 0, Infinity];
    for (const values of [all.importance, all.balance, ranking.scores]) {
      for (const value of values) {
        if (value > most) most = value;
        if (value > 0 && value < least) least = value;
      }
      for (const one of layerMeans(this.network, values)) if (one > 0 && one < mean) mean = one;
    }
    const high = Math.ceil(2 * (Math.log10(most || 1) + 0.15)) / 2;
    const low = Math.floor(2 * (Math.log10(Math.max(least, mean / BELOW)) - 0.1)) / 2;
    const known = this.#range.key === key ? this.#range : { low, high };
    this.#range = { key, low: Math.min(known.low, low), high: Math.max(known.high, high) };
    return [this.#range.low, this.#range.high];
  }

  /**
   * @param {string[]} names
   * @returns {Scene["legend"]}
   */
  #legend(names) {
    const { texts } = this;
    return (colours) => {
      const tint = tints(colours);
      /** @type {Record<string, Entry>} */
      const entries = {
        neuron: { title: texts.legend_neuron, mark: "diamond", colour: tint.neuron },
        average: { title: texts.legend_average, mark: "diamond", colour: tint.neuron },
        layer: { title: texts.legend_layer, mark: "bar", colour: tint.layer },
        box: { title: texts.legend_box, mark: "bar", colour: tint.fill },
        range: { title: texts.legend_range, mark: "line", colour: tint.others },
        mean: { title: texts.legend_mean, mark: "dot", colour: tint.others },
        before: { title: texts.legend_before, mark: "ring", colour: tint.text },
        highest: { title: texts.legend_highest, mark: "line", colour: tint.highest, dash: [5, 3] },
        macs: { title: texts.legend_macs, mark: "bar", colour: `${tint.macs}99` },
        memory: { title: texts.legend_memory, mark: "bar", colour: `${tint.memory}99` },
        time: { title: texts.legend_time, mark: "bar", colour: `${tint.time}99` },
        kept: { title: texts.kept, mark: "dot", colour: colours.kept },
        removed: { title: texts.legend_removed, mark: "dot", colour: colours.removed },
        rescued: { title: texts.legend_rescued, mark: "up", colour: colours.kept },
        dropped: { title: texts.legend_dropped, mark: "down", colour: colours.warning },
        threshold: { title: texts.threshold, mark: "line", colour: tint.text },
      };
      return names.map((name) => entries[name]);
    };
  }

  /**
   * @param {string} title
   * @param {Spread[]} spreads
   */
  #inWords(title, spreads) {
    const means = spreads.map(({ mean }) => mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    /** @param {number} value */
    const name = (value) => this.network.layers[means.indexOf(value)].name;
    const ends = `${name(low)} ${plain(low)} … ${name(high)} ${plain(high)}`;
    const layers = `${this.network.layers.length} layers on a logarithmic scale`;
    return `${title}, ${layers}. ${this.texts.legend_mean}: ${ends}.`;
  }
}

/**
 * @param {Network} network
 * @param {Float32Array} values
 */
function layerMeans(network, values) {
  return network.layers.map((_, layer) => {
    const own = ofLayer(network, values, layer);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}
