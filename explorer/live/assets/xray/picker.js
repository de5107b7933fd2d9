/** Which neuron is followed: by layer and number, or by what is worth seeing. */
import { FATE } from "../engine/plan.js";
import { element, mark, write } from "../element.js";
import { say } from "./say.js";
/** @import { Context, Model, Texts } from "../types.d.ts" */

const FINDERS = ["last", "first", "tie", "guard", "best", "worst"];

export class Picker {
  /** @type {Model} */
  model;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Texts} texts
   * @param {(at: number) => void} choose a neuron, numbered through all layers
   */
  constructor(root, { network }, texts, choose) {
    this.network = network;
    this.texts = texts;
    this.choose = choose;
    this.layer = element("select", { id: "ranp-xray-layer", class: "ranp-select" },
      ...network.layers.map(({ name }, at) => element("option", { value: at }, name)));
    this.neuron = element("input", { id: "ranp-xray-neuron", class: "ranp-number", type: "number", min: 0, step: 1 });
    this.of = element("span", { class: "x-aside" });
    this.find = element("select", { id: "ranp-xray-find", class: "ranp-select", "aria-label": texts.find },
      element("option", { value: "" }, texts.find),
      ...FINDERS.map((name) => element("option", { value: name }, texts[`find_${name}`])));
    this.note = element("span", { class: "x-aside", role: "status" });
    this.layer.addEventListener("change", () => choose(network.starts[Number(this.layer.value)]));
    this.neuron.addEventListener("input", () => this.#typed());
    this.find.addEventListener("change", () => this.#found());
    root.append(element("div", { class: "x-picker" },
      element("label", { for: "ranp-xray-layer" }, texts.layer), this.layer,
      element("label", { for: "ranp-xray-neuron" }, texts.neuron), this.neuron, this.of, this.find, this.note));
  }

  /**
   * @param {Model} model
   * @param {number} at
   */
  update(model, at) {
    this.model = model;
    const layer = this.network.layerOf[at];
    const neuron = at - this.network.starts[layer];
    if (this.layer.value !== String(layer)) this.layer.value = String(layer);
    const typing = document.activeElement === this.neuron && this.neuron.value === "";
    if (!typing && this.neuron.value !== String(neuron)) this.neuron.value = String(neuron);
    mark(this.neuron, "max", this.network.neurons[layer] - 1);
    write(this.of, this.texts.of.replace("{neurons}", String(this.network.neurons[layer])));
  }

  #typed() {
    const layer = Number(this.layer.value);
    const neuron = Number(this.neuron.value);
    const typed = this.neuron.value !== "" && Number.isInteger(neuron);
    if (typed && neuron >= 0 && neuron < this.network.neurons[layer]) this.choose(this.network.starts[layer] + neuron);
  }

  #found() {
    const at = this.find.value ? findNeuron(this.find.value, this.model) : null;
    this.note.replaceChildren(...(at === -1 ? say(this.texts.find_none) : []));
    this.find.value = "";
    if (at !== null && at >= 0) this.choose(at);
  }
}

/**
 * The neuron that shows something, -1 where there is none.
 * @param {string} what
 * @param {Model} model
 */
export function findNeuron(what, { network, ranking, fates }) {
  const { scores } = ranking;
  /**
   * @param {(at: number) => boolean} fits
   * @param {(score: number, other: number) => boolean} better
   */
  const best = (fits, better) => scores.reduce((found, score, at) =>
    fits(at) && (found < 0 || better(score, scores[found])) ? at : found, -1);
  /** @param {number} score @param {number} other */
  const lower = (score, other) => score < other;
  /** @param {number} score @param {number} other */
  const higher = (score, other) => score > other;
  /** @param {number} at */
  const guarded = (at) => fates[at] === FATE.RESCUED && (network.units[at] === 0 || ranking.own[at] === Infinity);
  /** @type {Record<string, () => number>} */
  const finders = {
    last: () => best((at) => fates[at] === FATE.KEPT, lower),
    first: () => best((at) => fates[at] === FATE.REMOVED, higher),
    tie: () => best((at) => fates[at] === FATE.DROPPED || (fates[at] === FATE.RESCUED && !guarded(at)), higher),
    guard: () => best(guarded, higher),
    best: () => best(() => true, higher),
    worst: () => best(() => true, lower),
  };
  return finders[what]();
}
