/** The five steps in a row, with what the chosen neuron is after each; arrow keys go from one to the next. */
import { element, mark, write } from "../element.js";
import { STEPS } from "../engine/steps.js";
/** @import { Texts } from "../types.d.ts" */

/** @type {Record<string, number>} */
const TURNS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Navigator {
  /** @type {number} */
  step;

  /**
   * @param {HTMLElement} root
   * @param {Texts} texts
   * @param {(step: number) => void} go to a step, from 0
   */
  constructor(root, texts, go) {
    this.buttons = STEPS.map((name, step) => {
      const said = element("span", { class: "x-step-value" });
      const on = { click: () => go(step) };
      const button = element("button", { type: "button", class: "x-step", id: `ranp-xray-${name}`, on },
        element("span", { class: "x-step-number" }, String(step + 1)), " ",
        element("span", { class: "x-step-title" }, texts[`${name}_title`]), " ", said);
      return { button, said };
    });
    const buttons = this.buttons.map(({ button }) => button);
    this.node = element("nav", { class: "x-steps", "aria-label": texts.steps }, ...buttons);
    this.node.addEventListener("keydown", (event) => {
      const wanted = event.key === "Home" ? 0 : event.key === "End" ? STEPS.length - 1 : this.step + TURNS[event.key];
      if (!(wanted >= 0 && wanted < STEPS.length)) return;
      event.preventDefault();
      go(wanted);
      this.buttons[wanted].button.focus();
    });
    root.append(this.node);
  }

  /** @param {number} step @param {{said: string, taken: boolean}[]} values of each step */
  update(step, values) {
    this.step = step;
    this.buttons.forEach(({ button, said }, index) => {
      mark(button, "aria-current", index === step ? "step" : null);
      mark(button, "tabindex", index === step ? 0 : -1);
      mark(button, "data-skipped", !values[index].taken);
      write(said, values[index].said);
    });
  }
}
