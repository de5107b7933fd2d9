/** What the layers' chart shows at each step. */
import { Sorted } from "../charts/sorted.js";
import { layerSpreads, ofLayer } from "../engine/steps.js";
import { weightSpread } from "../engine/weights.js";
import { tints } from "./painting.js";
import { plain } from "./math.js";
import { told } from "./say.js";

const BELOW = 30; // the axis ends where scores are so many times lower than the lowest layer's mean

export class Scenes {
  #range = { key: null, low: 0, high: 0 };

  constructor(network, texts) {
    Object.assign(this, { network, texts, sorted: new Sorted(network) });
  }

  /** @param {string} step @param {object} now as the view puts it together */
  of(step, now) {
    return { ...this.#empty(step), ...(step === "sensitivity" ? this.#weights(now) : this.#scores(step, now)) };
  }

  #empty(step) {
    return {
      title: this.texts[`${step}_chart`], before: null, highest: null, costs: null, factors: null, marks: null, limits: null,
    };
  }

  #weights({ found, layer, neuron }) {
    const { texts, network } = this;
    const spreads = network.layers.map((_, one) => weightSpread(found, one));
    const value = found.signed ? null : neuron.sizes;
    return {
      axis: texts.sensitivity_axis,
      range: [found.top - found.decades + 2, found.top],
      spreads,
      chosen: { layer, value },
      legend: this.#legend([...(value === null ? [] : ["average"]), "layer", "box", "range", "mean"]),
      words: this.#inWords(texts.sensitivity_chart, spreads),
    };
  }

  #scores(step, now) {
    const { network, texts } = this;
    const { all, layer, at, model, numbers, taken } = now;
    const spreads = layerSpreads(network, all[step]);
    const scene = {
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

  #balanced(scene, { all, numbers }) {
    scene.before = layerSpreads(this.network, all.importance);
    scene.highest = numbers.balance.highest;
    scene.factors = all.factors.balance;
    scene.legend = this.#legend(["neuron", "layer", "box", "mean", "before", "highest"]);
  }

  #weighed(scene, { all, model }) {
    const { macs, activations } = this.network.costs;
    const { cost } = this.network.methods[model.settings.method];
    const share = (values) => values.map((value) => value / values.reduce((most, one) => Math.max(most, one), 0));
    const { alpha } = model.settings;
    scene.before = layerSpreads(this.network, all.balance);
    scene.factors = all.factors.resources;
    const seen = { macs: cost === "macs" || (cost === "blend" && alpha > 0), memory: cost === "activations" || (cost === "blend" && alpha < 1) };
    scene.costs = { macs: seen.macs ? share(macs) : null, memory: seen.memory ? share(activations) : null };
    const bars = ["macs", "memory"].filter((name) => seen[name]);
    scene.legend = this.#legend(["neuron", "layer", "box", "mean", "before", ...bars]);
  }

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
    scene.words = `${scene.words} ${this.texts.threshold}: ${line === null ? "–" : plain(line)}. ${plan.left} / ${network.total} ${this.texts.kept}.`;
    scene.legend = this.#legend(["neuron", "kept", "removed", "rescued", "dropped", "threshold"]);
  }

  /** One axis for all steps of a method. It only grows, so that nothing jumps while a control is dragged. */
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

  #legend(names) {
    const { texts } = this;
    return (colours) => {
      const tint = tints(colours);
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
        kept: { title: texts.kept, mark: "dot", colour: colours.kept },
        removed: { title: texts.legend_removed, mark: "dot", colour: colours.removed },
        rescued: { title: texts.legend_rescued, mark: "up", colour: colours.kept },
        dropped: { title: texts.legend_dropped, mark: "down", colour: colours.warning },
        threshold: { title: texts.threshold, mark: "line", colour: tint.text },
      };
      return names.map((name) => entries[name]);
    };
  }

  #inWords(title, spreads) {
    const means = spreads.map(({ mean }) => mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    const name = (value) => this.network.layers[means.indexOf(value)].name;
    return `${title}, ${this.network.layers.length} layers on a logarithmic scale. ` +
      told("{mean}: {a} {low} … {b} {high}.", { mean: this.texts.legend_mean, a: name(low), low: plain(low), b: name(high), high: plain(high) });
  }
}

function layerMeans(network, values) {
  return network.layers.map((_, layer) => {
    const own = ofLayer(network, values, layer);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}
