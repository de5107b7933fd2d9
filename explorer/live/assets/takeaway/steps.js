/** The history of one file: the plans that were at hand, each with what it changed (explorer/state/history.py). */
import { percent, significant } from "../format.js";
import { complete, limitsOf } from "../settings.js";
/** @import { Controls, History, HistoryStep, Network, Settings } from "../types.d.ts" */

const MOST = 60;
const LOOKED_AT = ["layer", "neuron", "xray"];
const PRESCRIBED = ["target", "sparsity", "budget", "also", "also_budget"];
const FOLLOWING = ["alpha", "time_share"]; // what goes along with a method that is chosen

export class Steps {
  /** @type {HistoryStep[]} */
  #steps = [];
  #at = -1;
  #made = 0;

  /**
   * @param {Controls} controls
   * @param {Network} network
   * @param {Settings} settings of the first step
   */
  constructor(controls, network, settings) {
    this.controls = controls;
    this.network = network;
    this.add(settings);
  }

  /**
   * A new step behind the present one, unless nothing but what is looked at has changed.
   * @param {Settings} settings
   */
  add(settings) {
    const here = this.#steps[this.#at]?.settings;
    const names = here ? this.#changes(here, settings) : [];
    if (here && !names.length) return;
    const label = names.length && names.length <= 2 ? names.join(", ") : this.#plan(settings);
    const step = { number: ++this.#made, label, settings: complete(settings) };
    this.#steps = [...this.#steps.slice(0, this.#at + 1), step].slice(-MOST);
    this.#at = this.#steps.length - 1;
  }

  /**
   * To the step of that number.
   * @param {number} number
   * @returns {Settings | null} its settings; null where there is none
   */
  go(number) {
    const place = this.#steps.findIndex((step) => step.number === number);
    if (place < 0) return null;
    this.#at = place;
    return this.#steps[place].settings;
  }

  /** @returns {History} */
  told() {
    return { at: this.#at, steps: this.#steps };
  }

  /** @param {Settings} settings */
  #plan(settings) {
    return `${this.network.methods[settings.method].title}, ${this.#prescribed(settings)}`;
  }

  /** @param {Settings} settings */
  #prescribed(settings) {
    const limits = limitsOf(settings);
    if (!limits.length) return `sparsity ${percent(settings.sparsity)}`;
    return limits.map(({ target, share }) => `${this.network.budgets[target].title} ${percent(share)}`).join(" and ");
  }

  /**
   * What is other than before, each in a few words.
   * @param {Settings} before
   * @param {Settings} after
   */
  #changes(before, after) {
    const names = /** @type {(keyof Settings)[]} */ (Object.keys(after)).filter(
      (name) => !LOOKED_AT.includes(name) && told(before[name]) !== told(after[name]),
    );
    const others = names.filter(
      (name) => !PRESCRIBED.includes(name) && !(names.includes("method") && FOLLOWING.includes(name)),
    );
    const said = others.map((name) => this.#said(name, after));
    return others.length < names.length && names.some((name) => PRESCRIBED.includes(name))
      ? [this.#prescribed(after), ...said]
      : said;
  }

  /**
   * @param {keyof Settings} name
   * @param {Settings} settings
   */
  #said(name, settings) {
    if (name === "method") return this.network.methods[settings.method].title;
    const { label = name, titles = [] } = this.controls[name] ?? {};
    const value = settings[name];
    if (titles.length) return `${label.toLowerCase()}: ${titles.find(([one]) => one === value)?.[1] ?? value}`;
    if (typeof value === "number") return `${label.split(":")[0]} ${significant(value, 4)}`;
    return `${label.toLowerCase()}: ${Object.keys(value ?? {}).length}`;
  }
}

/** @param {any} value a number, a text, a list or numbers by name */
function told(value) {
  const isTable = value !== null && typeof value === "object" && !Array.isArray(value);
  return JSON.stringify(isTable ? Object.entries(value).sort() : value);
}
