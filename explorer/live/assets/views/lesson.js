/**
 * A step of a tour: one chart at a time, as tall as the window leaves it, so that question, controls and chart are in
 * one view. What the question asks is veiled until it is answered.
 *
 * The server says in `extra` which charts belong to the step (`charts`, the first is shown), what is veiled (`veils`:
 * how far sparsity reaches, what is left), in which words (`guess`), and whether the step is about time (`timed`).
 */
import { Importance } from "../charts/importance.js";
import { Macs } from "../charts/macs.js";
import { Methods } from "../charts/methods.js";
import { Resources } from "../charts/resources.js";
import { Retention } from "../charts/retention.js";
import { larger } from "../charts/type_size.js";
import { element, mark, write } from "../element.js";
import { Costs } from "../parts/costs.js";
import { Inspector } from "../parts/inspector.js";
import { layerList } from "../parts/layer_list.js";
import { Tabs } from "../parts/tabs.js";
import { Verdict } from "../parts/verdict.js";
/** @import { Frame } from "../charts/frame.js" */
/** @import { Choose, Context, Differences, Model, Part } from "../types.d.ts" */

/** @typedef {Part & {frame: Frame}} Chart */
/** @type {Record<string, {title: string, draw: (root: HTMLElement, context: Context, choose: Choose) => Chart}>} */
export const CHARTS = {
  layers: { title: "Layers", draw: (root, context, choose) => new Retention(root, context, choose) },
  importance: { title: "Importance", draw: (root, context, choose) => new Importance(root, context, choose) },
  macs: { title: "MACs", draw: (root, context, choose) => new Macs(root, context, choose) },
  left: { title: "What is left", draw: (root, context) => new Resources(root, context) },
  methods: { title: "Methods", draw: (root, context) => new Methods(root, context) },
};

/** @type {Record<string, string[]>} what would tell what is veiled */
const TELL = { reach: ["left", "methods"], left: ["left", "methods", "macs"] };

const COSTS = ["macs", "params", "activations", "peak", "training"];

/** @type {Differences} */
const ALL = {
  network: true,
  ranking: true,
  plan: true,
  settings: true,
  theme: true,
  curves: true,
  peak: true,
  times: true,
};

const BELOW = 12; // pixels between the last line and the window's edge
const [LEAST, USUAL, MOST] = [210, 320, 560]; // pixels of a chart; the usual where it lies below the window anyway

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {Part}
 */
export function create(root, context) {
  return new Lesson(root, context);
}

class Lesson {
  /** @type {Model | null} */
  model = null;
  /** @type {string} the step whose charts these are */
  #place = "";
  /** @type {string} */
  #shown = "";
  /** @type {Map<string, {node: HTMLElement, chart: Chart, more: Part[]}>} those that were shown */
  #slides = new Map();
  /** @type {number | null} the animation frame that will fit the chart */
  #frame = null;
  #size = 0; // how much larger than usual the page's type is
  #gone = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.root = root;
    root.classList.add("ranp-lesson");
    this.tabs = new Tabs("Chart", (name) => this.#show(name));
    this.slides = element("div", { class: "ranp-slides" });
    this.guess = element("p", { class: "ranp-guess", hidden: true });
    this.failing = element("div", { class: "ranp-only-failing" });
    this.foot = element("div", { class: "ranp-foot" }, this.guess, this.failing);
    root.append(this.tabs.node, this.slides, this.foot);
    this.inspector = new Inspector(this.slides, context, (layer, neuron) => this.#choose(layer, neuron));
    this.verdict = new Verdict(this.failing, context);
    this.costs = new Costs(this.foot, context, COSTS);
    const { signal } = this.#gone;
    window.addEventListener("resize", () => this.#later(), { signal });
    this.resizes = new ResizeObserver(() => this.#later());
    for (const node of [this.tabs.node, this.foot, root.previousElementSibling]) if (node) this.resizes.observe(node);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    this.#stage(model);
    const slide = this.#slides.get(this.#shown);
    for (const part of slide ? [slide.chart, ...slide.more] : []) part.update(model, changed);
    for (const part of [this.inspector, this.verdict, this.costs]) part.update(model, changed);
    if (changed.network || changed.theme || changed.history || changed.times) this.#later();
  }

  destroy() {
    this.#gone.abort();
    this.resizes.disconnect();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const { chart, more } of this.#slides.values()) for (const part of [chart, ...more]) part.destroy();
    for (const part of [this.inspector, this.verdict, this.costs]) part.destroy();
  }

  /**
   * What the step shows now: its charts but for those that would tell, and what is said below them.
   * @param {Model} model
   */
  #stage(model) {
    const { place = "", charts = [], veils = [], guess = "", timed = false } = this.context.extra;
    const told = new Set(veils.flatMap((/** @type {string} */ veil) => TELL[veil] ?? []));
    const open = charts.filter((/** @type {string} */ name) => name in CHARTS && !told.has(name));
    const names = open.length ? open : ["layers"];
    this.tabs.offer(names.map((/** @type {string} */ name) => [name, CHARTS[name].title]));
    mark(this.root, "data-alone", names.length === 1);
    mark(this.root, "data-timed", timed);
    const whole = this.root.closest(".ranp-live");
    if (whole) mark(whole, "data-veils", veils.join(" ") || null);
    const works = model.plan.feasible && model.target.met;
    write(this.guess, guess);
    mark(this.guess, "hidden", !veils.length || !works);
    mark(this.failing, "hidden", works);
    if (place !== this.#place || !names.includes(this.#shown)) this.#show(names[0]);
    this.#place = place;
  }

  /** @param {string} name of a chart */
  #show(name) {
    if (this.model === null || name === this.#shown) return;
    const found = this.#slides.get(name) ?? this.#draw(name);
    for (const [other, { node }] of this.#slides) mark(node, "hidden", other !== name);
    this.#shown = name;
    this.tabs.choose(name);
    for (const part of [found.chart, ...found.more]) part.update(this.model, ALL);
    this.#fit();
  }

  /** @param {string} name of a chart that was not shown before */
  #draw(name) {
    const node = element("div", { class: "ranp-slide" });
    this.slides.append(node);
    /** @type {Choose} */
    const choose = (layer, neuron) => this.#choose(layer, neuron);
    const chart = CHARTS[name].draw(node, this.context, choose);
    const more = name === "layers" ? [layerList(chart.frame.extra, this.context, choose)] : [];
    const slide = { node, chart, more };
    this.#slides.set(name, slide);
    return slide;
  }

  /**
   * @param {number} layer
   * @param {number | null} [neuron]
   */
  #choose(layer, neuron = null) {
    if (layer < 0) return;
    this.context.set({ layer: this.context.network.layers[layer].name, neuron });
    this.context.settle();
  }

  #later() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#fit();
    });
  }

  /** As tall as the window has room for, at the top of the page; with axes in the page's size of type. */
  #fit() {
    const slide = this.#slides.get(this.#shown);
    if (!slide || !slide.node.clientWidth) return;
    const { frame } = slide.chart;
    const scrolled = this.root.closest("[data-testid=stMain]")?.scrollTop ?? window.scrollY;
    const top = frame.plot.getBoundingClientRect().top + scrolled;
    const under = this.foot.getBoundingClientRect().bottom - frame.plot.getBoundingClientRect().bottom;
    const size = larger();
    const other = this.#size !== size;
    this.#size = size;
    const room = window.innerHeight - top - under - BELOW;
    frame.stretch(room < LEAST ? USUAL : Math.min(MOST * size, room), other);
  }
}
