/** The X-ray: the method step by step, each with its formula, its effect on all layers, and one neuron's numbers. */
import { arithmetic } from "../engine/arithmetic.js";
import { STEPS, stepScores, takes } from "../engine/steps.js";
import { verdict } from "../engine/verdict.js";
import { decodeWeights, neuronWeights } from "../engine/weights.js";
import { element } from "../element.js";
import { whole } from "../format.js";
import { loadPacket, loadStyles } from "../loading.js";
import { WHOLE } from "../xray/formulas.js";
import { LayerChart } from "../xray/layer_chart.js";
import { plain } from "../xray/math.js";
import { Navigator } from "../xray/navigator.js";
import { Panel } from "../xray/panel.js";
import { Picker } from "../xray/picker.js";
import { Scenes } from "../xray/scenes.js";
import { nameOf, reasonOf } from "../xray/why.js";
/** @import { Context, Differences, Model, Network, Now, Settings, Step, Weights } from "../types.d.ts" */

await loadStyles("xray.css");

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function create(root, context) {
  return new Xray(root, context);
}

class Xray {
  /** @type {Model} */
  model;
  /** @type {Now} */
  now;
  /** @type {{name: string | null, found: Weights | null}} */
  #weights = { name: null, found: null };
  /** @type {{step: number | null, at: number | null}} */
  #shown = { step: null, at: null };
  #gone = false;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.texts = textsOf(context.words);
    const { network } = context;
    this.scenes = new Scenes(network, this.texts);
    this.node = element("div", { class: "x-ray" });
    root.append(this.node);
    this.picker = new Picker(this.node, context, this.texts, (at) => this.#choose(at));
    this.why = element("p", { class: "x-why", role: "status" });
    this.node.append(this.why);
    this.steps = new Navigator(this.node, this.texts, (step) => this.#go(step));
    const screen = element("div", { class: "x-screen" });
    this.place = element("div", { class: "x-place" });
    screen.append(this.place);
    this.node.append(screen);
    this.chart = new LayerChart(this.place, context, this.texts, (layer, value) => this.#pick(layer, value));
    this.panel = new Panel(screen, context, this.texts, (step) => this.#go(step), (at) => this.#choose(at));
    /** @param {KeyboardEvent} event */
    this.keys = (event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    const { network } = this.context;
    this.model = model;
    this.#fetch();
    const { settings, ranking, plan } = model;
    const at = chosenNeuron(network, settings);
    const step = Math.min(STEPS.length, Math.max(1, settings.xray ?? 1)) - 1;
    const all = stepScores(network, settings, ranking);
    const { found } = this.#weights;
    const weights = found && neuronWeights(found, at);
    const { criterion = "mpmg", reduce = "sum" } = this.context.extra;
    /** @type {Now} */
    const now = {
      texts: this.texts, network, settings, model, at, all, step,
      start: network.methods[settings.method].scores,
      layer: network.layerOf[at],
      numbers: arithmetic(network, settings, ranking, plan, all, at),
      verdict: verdict(network, settings, ranking, plan, at),
      taken: isTaken(network, settings, STEPS[step], criterion),
      found,
      weights,
      neuron: weights && { sizes: weights.sum / (reduce === "sum" ? weights.count : 1) },
      extra: this.context.extra,
      criterion,
      reduce,
    };
    this.now = now;
    this.picker.update(model, at);
    this.#say(now);
    this.steps.update(step, valuesOf(now));
    const glide = this.#shown.step !== null && this.#shown.step !== step;
    this.#shown = { step, at };
    this.#draw(now, { glide, theme: Boolean(changed.theme || changed.network) });
    this.panel.update(now);
  }

  destroy() {
    this.#gone = true;
    document.removeEventListener("keydown", this.keys);
    this.chart.destroy();
  }

  /**
   * @param {Now} now
   * @param {{glide: boolean, theme: boolean}} how
   */
  #draw(now, how) {
    const scene = this.#scene(now);
    this.place.classList.toggle("x-nothing", !scene);
    if (scene) this.chart.update(scene, how);
  }

  /**
   * What the chart shows; null until the single weights are there. Without them the first step shows the scores.
   * @param {Now} now
   */
  #scene(now) {
    const step = STEPS[now.step];
    if (step !== "sensitivity") return this.scenes.scores(step, now);
    if (!now.taken) return this.scenes.scores("importance", now);
    return now.found && now.neuron && this.scenes.weights(now.found, now.neuron.sizes, now.layer);
  }

  /** @param {Now} now */
  #say(now) {
    const { texts, network, at, verdict: { kept } } = now;
    const name = nameOf(texts, network, at);
    this.why.replaceChildren(
      element("b", { class: "x-fate", "data-kept": String(kept) }, texts[kept ? "kept" : "removed"]),
      element("span", {}, element("b", { class: "x-neuron" }, name[0].toUpperCase() + name.slice(1)), " · ",
        element("span", { class: "x-question" }, texts[kept ? "why_kept" : "why_removed"]), " ", ...reasonOf(now)),
    );
  }

  /** @param {number} step */
  #go(step) {
    this.context.set({ xray: step + 1 });
    this.context.settle();
  }

  /** @param {number} at */
  #choose(at) {
    const { network, set, settle } = this.context;
    const layer = network.layerOf[at];
    set({ layer: network.layers[layer].name, neuron: at - network.starts[layer] });
    settle();
  }

  /**
   * The neuron of a layer whose score is nearest to a value; the layer's first where single weights are shown.
   * @param {number} layer
   * @param {number} value
   */
  #pick(layer, value) {
    const { network } = this.context;
    const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
    const step = STEPS[this.now.step];
    if (step === "sensitivity") return this.#choose(start);
    const scores = this.now.all[step];
    /** @param {number} at */
    const apart = (at) => Math.abs(Math.log((scores[at] || Number.MIN_VALUE) / value));
    let best = start;
    for (let at = start; at < stop; at++) if (apart(at) < apart(best)) best = at;
    this.#choose(best);
  }

  /**
   * 1 to 5 go to a step, wherever the focus is unless something is being typed.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = "input, select, textarea, [contenteditable], [role=slider]";
    if (event.target instanceof Element && event.target.closest(typing)) return;
    const step = Number(event.key) - 1;
    if (event.key.length === 1 && step >= 0 && step < STEPS.length) this.#go(step);
  }

  async #fetch() {
    const name = this.context.extra.weights ?? null;
    if (name === this.#weights.name) return;
    this.#weights = { name, found: null };
    if (name === null) return;
    try {
      const found = await loadPacket(this.context.base, name, decodeWeights);
      if (this.#gone || this.#weights.name !== name) return;
      this.#weights.found = found;
      this.update(this.model, { network: true });
    } catch {
      this.panel.failed();
    }
  }
}

/**
 * The texts of this page, without the letters that set their names apart from others'.
 * @param {Record<string, string>} words
 */
function textsOf(words) {
  const own = Object.entries(words).filter(([name]) => name.startsWith("x_"));
  return Object.fromEntries(own.map(([name, text]) => [name.slice(2), text]));
}

/**
 * The neuron that is followed; without a choice the first one.
 * @param {Network} network
 * @param {Settings} settings
 */
function chosenNeuron(network, { layer, neuron }) {
  const index = network.index.get(layer) ?? 0;
  return network.starts[index] + Math.min(Math.max(neuron ?? 0, 0), network.neurons[index] - 1);
}

/**
 * What the neuron is after each step, in a few letters.
 * @param {Now} now
 */
function valuesOf({ texts, network, settings, numbers, weights, criterion, verdict: { kept } }) {
  const { importance, balance, resources, threshold } = numbers;
  /** @param {string} step */
  const taken = (step) => isTaken(network, settings, step, criterion);
  /** @param {Step} step @param {string} said */
  const skipped = (step, said) => (taken(step) ? said : texts.left_out);
  const said = {
    sensitivity: skipped("sensitivity", weights ? texts.weights_count.replace("{count}", whole(weights.count)) : "…"),
    importance: plain(importance.score),
    balance: skipped("balance", `× ${plain(balance.factor)} = ${plain(balance.after)}`),
    resources: skipped("resources", resources ? `× ${plain(resources.factor)} = ${plain(resources.after)}` : ""),
    threshold: `${texts.rank} ${whole(threshold.rank)}: ${texts[kept ? "kept" : "removed"]}`,
  };
  return STEPS.map((step) => ({ said: said[step], taken: taken(step) }));
}

/**
 * Whether the method takes the step; a criterion of whole neurons looks at no single weight.
 * @param {Network} network
 * @param {Settings} settings
 * @param {string} step
 * @param {string} criterion
 */
function isTaken(network, settings, step, criterion) {
  return takes(network, settings, step) && !(step === "sensitivity" && WHOLE.has(criterion));
}
