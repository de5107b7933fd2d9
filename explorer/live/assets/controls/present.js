/** The present plan in a line: back, forth and the history, and what the plan leaves of the full network. */
import { shareLeft } from "../charts/curve.js";
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { disclosure } from "./disclosure.js";
/** @import { Context, Differences, Evaluated, Model, Priced } from "../types.d.ts" */

/** @type {[string, Priced | "neurons"][]} */
const LEFT = [
  ["MACs", "macs"],
  ["memory", "activations"],
  ["parameters", "params"],
  ["neurons", "neurons"],
  ["step time", "seconds"],
];
const UNKNOWN = "–";
const APPLE = /Mac|iP/.test(globalThis.navigator?.platform ?? "");
const [UNDO, REDO] = APPLE ? ["⌘Z", "⇧⌘Z"] : ["Ctrl+Z", "Ctrl+Shift+Z"];

export class Present {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    const { past } = context;
    this.undo = button("↶", "Undo", UNDO, () => past.undo());
    this.redo = button("↷", "Redo", REDO, () => past.redo());
    this.list = element("ol", { class: "ranp-steps" });
    this.panel = element("div", { class: "ranp-panel ranp-history", id: "ranp-history" }, this.list);
    this.opener = element(
      "button",
      { type: "button", class: "ranp-button ranp-past", "aria-controls": "ranp-history" },
      "History",
    );
    const travels = element("div", { class: "ranp-travels" }, this.undo, this.redo, this.opener, this.panel);
    disclosure(travels, this.opener, this.panel, (wanted) => {
      if (!wanted) return;
      this.#list();
      this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    });
    this.figures = LEFT.map(([title]) => {
      const value = element("strong", {});
      return { value, node: element("span", { class: "ranp-left-of" }, value, ` ${title}`) };
    });
    const title = element("span", { class: "ranp-left-title" }, "Left:");
    this.left = element("p", { class: "ranp-present-left" }, title, ...this.figures.map(({ node }) => node));
    this.node = element("div", { class: "ranp-present" }, travels, this.left);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    const { past } = this.context;
    if (changed.plan || changed.network || changed.times) {
      const { plan, timed } = model;
      mark(this.left, "data-void", !plan.feasible);
      LEFT.forEach(([, what], at) => write(this.figures[at].value, plan.feasible ? said(model, what) : UNKNOWN));
      mark(this.figures[LEFT.length - 1].node, "hidden", !timed);
    }
    mark(this.undo, "disabled", !past.canUndo);
    mark(this.redo, "disabled", !past.canRedo);
    mark(this.opener, "disabled", past.steps.length < 2);
    if (changed.network || changed.history || changed.settings) this.#list();
  }

  /** The latest on top. */
  #list() {
    if (this.panel.hidden) return;
    const { past } = this.context;
    const items = past.steps.map(({ label }, place) => {
      const chosen = !past.pending && place === past.at;
      const step = element("button", { type: "button", class: "ranp-step", "aria-current": chosen && "step" }, label);
      step.addEventListener("click", () => past.go(place));
      return element("li", {}, step);
    });
    const focused = [...this.list.children].findIndex((item) => item.contains(document.activeElement));
    this.list.replaceChildren(...items.reverse());
    if (focused >= 0) this.list.children[focused]?.querySelector("button")?.focus({ preventScroll: true });
  }
}

/**
 * @param {Evaluated} model
 * @param {Priced | "neurons"} what
 */
function said(model, what) {
  const share = what === "neurons" ? model.plan.left / model.network.total : shareLeft(model, what);
  return Number.isNaN(share) ? UNKNOWN : percent(share);
}

/**
 * @param {string} sign
 * @param {string} label
 * @param {string} keys
 * @param {() => void} act
 */
function button(sign, label, keys, act) {
  const title = `${label} (${keys})`;
  const attributes = { type: "button", class: "ranp-button ranp-travel", "aria-label": label, title };
  const node = element("button", attributes, element("span", { "aria-hidden": "true" }, sign));
  node.addEventListener("click", act);
  return node;
}
