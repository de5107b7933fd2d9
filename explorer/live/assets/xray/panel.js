/** Beside the chart: the step's formula, what it says in plain words, and the chosen neuron's numbers. */
import { STEPS } from "../engine/steps.js";
import { inline } from "../controls/help.js";
import { element, mark } from "../element.js";
import * as formulas from "./formulas.js";
import { histogram } from "./histogram.js";
import { plain } from "./math.js";
import {
  balanceNumbers, importanceNumbers, resourcesNumbers, sensitivityNumbers, thresholdNumbers,
} from "./numbers.js";
import { say, told } from "./say.js";
import { votesOf } from "./why.js";
/** @import { Context, Now, Texts } from "../types.d.ts" */

export class Panel {
  /** @type {number} */
  step;
  #key = "";
  #failed = false;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Texts} texts
   * @param {(step: number) => void} go
   * @param {(at: number) => void} choose
   */
  constructor(root, context, texts, go, choose) {
    this.context = context;
    this.texts = texts;
    this.choose = choose;
    this.formula = element("div", { class: "x-formula" });
    this.words = element("div", { class: "x-words" });
    this.heading = element("h4", {}, texts.in_numbers);
    this.numbers = element("div", { class: "x-numbers" });
    const button = { type: "button", class: "ranp-button" };
    this.back = element("button", { ...button, on: { click: () => go(this.step - 1) } }, texts.back);
    this.next = element("button", { ...button, on: { click: () => go(this.step + 1) } });
    this.source = element("span", { class: "x-aside x-source" });
    this.node = element("section", { class: "x-panel", tabindex: -1 }, this.formula, this.words,
      this.heading, this.numbers,
      element("footer", { class: "x-turn" }, this.source, this.back, this.next));
    root.append(this.node);
  }

  /** @param {Now} now */
  update(now) {
    const name = STEPS[now.step];
    const { texts } = this;
    const { method, time_share: share } = now.settings;
    const key = JSON.stringify([name, now.start, now.criterion, now.reduce, method, Boolean(share)]);
    if (key !== this.#key) {
      this.#key = key;
      this.step = now.step;
      mark(this.node, "aria-label", `${now.step + 1}. ${texts[`${name}_title`]}`);
      this.formula.replaceChildren(...formulaOf(name, now));
      this.words.replaceChildren(element("p", {}, ...inline(wordsOf(name, now))));
      this.source.replaceChildren(...inline(texts[`${name}_source`]));
      mark(this.back, "hidden", now.step === 0);
      const next = STEPS[now.step + 1];
      mark(this.next, "hidden", !next);
      this.next.textContent = next ? told(texts.next, { title: texts[`${next}_title`] }) : "";
    }
    const numbers = this.#numbers(name, now).filter((one) => one !== null);
    mark(this.heading, "hidden", numbers.length === 0);
    this.numbers.replaceChildren(...numbers);
  }

  failed() {
    this.#failed = true;
  }

  /**
   * @param {string} name
   * @param {Now} now
   * @returns {(HTMLElement | null)[]}
   */
  #numbers(name, now) {
    const { texts } = this;
    if (name === "sensitivity") return this.#weights(now);
    if (name === "importance") return [...importanceNumbers(now), this.#check(now)];
    if (!now.taken) return [];
    if (name === "balance") return balanceNumbers(now);
    if (name === "resources") return now.numbers.resources ? resourcesNumbers(texts, now.numbers.resources) : [];
    return [...thresholdNumbers({ ...now, texts }), votesOf(now, this.choose)];
  }

  /** @param {Now} now */
  #weights(now) {
    if (!now.taken) return [];
    const { texts } = this;
    const { found, weights } = now;
    if (found && weights) return [histogram(texts, found, weights), ...sensitivityNumbers(now, found, weights)];
    const coming = now.extra.pending || now.extra.weights;
    const said = this.#failed ? texts.weights_failed : coming ? texts.weights_pending : texts.weights_missing;
    return [element("p", { class: "x-aside", role: "status" }, said)];
  }

  /** @param {Now} now */
  #check({ weights, numbers, start, criterion }) {
    if (!weights || start !== "sensitivity") return null;
    const rounds = this.texts[`rounds_${criterion}`];
    if (rounds) return element("p", { class: "x-aside" }, ...say(rounds));
    const said = { sum: plain(weights.sum), score: plain(numbers.importance.score) };
    const text = this.texts[weights.equal ? "check_equal" : "check_unequal"];
    return element("p", { class: "x-check", "data-equal": String(weights.equal) }, ...say(text, said));
  }
}

/**
 * @param {string} name
 * @param {Now} now
 */
function formulaOf(name, { start, criterion, reduce, network, settings, taken }) {
  if (name === "sensitivity") return taken ? [formulas.sensitivity(criterion)] : [];
  if (name === "importance") return [formulas.importance(start, criterion, reduce)];
  if (!taken) return [];
  if (name === "balance") return [formulas.balance()];
  if (name === "resources") return formulas.resources(network.methods[settings.method].cost, settings.time_share);
  return formulas.threshold();
}

/**
 * @param {string} name
 * @param {Now} now
 */
function wordsOf(name, { texts, start, criterion, taken, numbers }) {
  const whole = start === "sensitivity" && formulas.WHOLE.has(criterion);
  if (name === "sensitivity" && whole) return texts.sensitivity_skipped_whole;
  if (name === "importance" && whole) return texts[`words_${criterion}`];
  if (name === "sensitivity") return taken ? texts[`words_${criterion}`] : texts[`sensitivity_skipped_${start}`];
  if (!taken) return texts[`${name}_skipped`];
  return texts[name === "threshold" && numbers.threshold.layerwise ? "threshold_words_layerwise" : `${name}_words`];
}
