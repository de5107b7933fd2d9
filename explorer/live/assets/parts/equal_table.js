/** What each method leaves on equal terms, a row a method, live while one drags. */
import { shareLeft } from "../charts/curve.js";
import { drawing, element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { methodLook } from "../palette.js";
/** @import { Context, Evaluated, Priced } from "../types.d.ts" */

/** @type {[string, Priced][]} titles, and what is left of the full network's */
const LEFT = [
  ["MACs left", "macs"],
  ["Memory left", "activations"],
  ["Parameters left", "params"],
  ["Step time left", "seconds"],
];

export class EqualTable {
  /** @type {Map<string, {node: HTMLElement, cells: HTMLElement[]}>} by method */
  #rows = new Map();

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.body = element("tbody", {});
    const titles = ["Method", "Sparsity", ...LEFT.map(([title]) => title), "Can be built"];
    const heads = titles.map((title) => element("th", { scope: "col" }, title));
    const head = element("thead", {}, element("tr", {}, ...heads));
    const table = element("table", { class: "ranp-equal" }, head, this.body);
    const frame = { class: "ranp-equal-frame", tabindex: 0, role: "region", "aria-label": "Methods on equal terms" };
    root.append(element("div", frame, table));
  }

  /**
   * @param {{name: string, found: Evaluated}[]} all
   * @param {boolean} recoloured
   */
  update(all, recoloured) {
    const names = all.map(({ name }) => name);
    if (recoloured || names.join() !== [...this.#rows.keys()].join()) this.#build(names);
    for (const { name, found } of all) this.#fill(name, found);
  }

  /** @param {string[]} names */
  #build(names) {
    this.#rows.clear();
    const { network, colours } = this.context;
    for (const name of names) {
      const { colour, dash } = methodLook(network.methods[name], colours);
      const line = { d: "M0 6H30", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") };
      const swatch = drawing("svg", { viewBox: "0 0 30 12", class: "ranp-equal-swatch" }, drawing("path", line));
      const title = element("th", { scope: "row" }, swatch, network.methods[name].title);
      const cells = Array.from({ length: LEFT.length + 2 }, () => element("td", {}));
      this.#rows.set(name, { node: element("tr", {}, title, ...cells), cells });
    }
    this.body.replaceChildren(...[...this.#rows.values()].map(({ node }) => node));
  }

  /**
   * @param {string} name
   * @param {Evaluated} found
   */
  #fill(name, found) {
    const row = this.#rows.get(name);
    if (!row) return;
    const { plan, settings } = found;
    const shares = LEFT.map(([, what]) => (plan.feasible ? shareLeft(found, what) : NaN));
    const told = [plan.sparsity, ...shares].map((share) => (Number.isNaN(share) ? "–" : percent(share)));
    [...told, verdict(found)].forEach((text, at) => write(row.cells[at], text));
    mark(row.node, "data-void", !plan.feasible || !found.target.met);
    mark(row.node, "data-method", settings.method);
  }
}

/** @param {Evaluated} found */
function verdict({ network, plan, target }) {
  if (!target.met) return `no less than ${percent(target.least)}`;
  return plan.feasible ? "yes" : `no: ${network.layers[plan.firstEmpty]?.name ?? "a layer"} is empty`;
}
