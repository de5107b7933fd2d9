/** The present plan in a line: back, forth and the history, and what the plan leaves of the full network. */
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
/** @import { Context, Differences, Evaluated, Model } from "../types.d.ts" */

/** @type {[string, (model: Evaluated) => number | null][]} null where that is not known */
const LEFT = [
  ["MACs", ({ plan, full }) => plan.costs.macs / full.macs],
  ["memory", ({ plan, full }) => plan.costs.activations / full.activations],
  ["parameters", ({ plan, full }) => plan.costs.params / full.params],
  ["neurons", ({ plan, network }) => plan.left / network.total],
  ["step time", ({ timed }) => (timed?.after ? timed.after.training.total / timed.before.training.total : null)],
];
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
    this.panel = element("div", { class: "ranp-panel ranp-history", id: "ranp-history", hidden: true }, this.list);
    this.opener = element(
      "button",
      { type: "button", class: "ranp-button ranp-past", "aria-expanded": "false", "aria-controls": "ranp-history" },
      "History",
    );
    this.opener.addEventListener("click", () => this.#open(this.panel.hidden !== false));
    const travels = element("div", { class: "ranp-travels" }, this.undo, this.redo, this.opener, this.panel);
    travels.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      this.#open(false);
      this.opener.focus();
    });
    travels.addEventListener(
      "focusout",
      ({ relatedTarget }) => relatedTarget instanceof Node && !travels.contains(relatedTarget) && this.#open(false),
    );
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
      LEFT.forEach(([, of], at) => {
        const share = plan.feasible ? of(model) : null;
        write(this.figures[at].value, share === null ? "–" : percent(share));
      });
      mark(this.figures[LEFT.length - 1].node, "hidden", !timed);
    }
    mark(this.undo, "disabled", !past.canUndo);
    mark(this.redo, "disabled", !past.canRedo);
    mark(this.opener, "disabled", past.steps.length < 2);
    if (changed.network || changed.history || changed.settings) this.#list();
  }

  /** @param {boolean} wanted */
  #open(wanted) {
    this.panel.hidden = !wanted;
    mark(this.opener, "aria-expanded", wanted ? "true" : "false");
    if (wanted) this.#list();
    if (wanted) this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
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
