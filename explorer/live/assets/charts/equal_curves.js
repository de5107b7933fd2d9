/** What every method leaves of the resource in question over sparsity, each with its mark where it meets the terms. */
import { percent } from "../format.js";
import { GRID } from "../model.js";
import { methodLook } from "../palette.js";
import { end, line, point, pointAt, shareLeft, sparsityAxes, valueAt } from "./curve.js";
import { Frame } from "./frame.js";
import { showLegend } from "./legend.js";
/** @import { Context, Differences, Evaluated, Model, Palette, Pen, Priced, Scale } from "../types.d.ts" */

/** @type {Record<string, [Priced, string]>} what is drawn, by the terms */
const SHOWN = {
  macs: ["macs", "MACs"],
  memory: ["activations", "memory"],
  params: ["params", "parameters"],
  time: ["seconds", "step time"],
  sparsity: ["macs", "MACs"],
};

export class EqualCurves {
  /** @type {{name: string, found: Evaluated}[]} */
  all = [];
  /** @type {Model} */
  model;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.frame = new Frame(root, context, {
      title: "All methods on these terms",
      caption: "A mark is where a method meets the terms, the present one's is a square. A cross ends a curve.",
      height: 220,
      layout: sparsityAxes,
    });
    this.frame.legend.classList.add("ranp-legend-two");
    this.frame.hover((x, y, scale) => this.#probe(x, scale));
  }

  /**
   * @param {Model} model
   * @param {{name: string, found: Evaluated}[]} all
   * @param {Differences} changed
   */
  update(model, all, changed) {
    Object.assign(this, { model, all });
    const { colours, network } = this.context;
    if (changed.theme || changed.network) this.frame.lay();
    const entries = all.map(({ name }) => {
      const { colour, dash } = methodLook(network.methods[name], colours);
      return {
        title: network.methods[name].title,
        mark: /** @type {const} */ ("line"),
        colour,
        dash: dash.map((length) => length / 1.3),
      };
    });
    showLegend(this.frame.legend, entries);
    this.frame.paint((ctx, scale, palette) => this.#paint(ctx, scale, palette));
    this.frame.describe(() => this.#inWords());
  }

  destroy() {
    this.frame.destroy();
  }

  get #shown() {
    return SHOWN[this.model.settings.target] ?? SHOWN.macs;
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const [resource] = this.#shown;
    for (const { name, found } of this.all) {
      const { plan, ranking, curve } = found;
      const values = curve[resource];
      if (!values) continue;
      const { colour, dash } = methodLook(this.context.network.methods[name], colours);
      const present = name === this.model.settings.method;
      line(ctx, scale, values, { colour, dash, width: present ? 4 : 2, last: ranking.maxFeasible });
      const last = ranking.maxFeasible;
      if (last < GRID[GRID.length - 1]) end(ctx, scale, last, valueAt(values, last), colour);
      if (!plan.feasible) continue;
      point(ctx, scale, plan.sparsity, shareLeft(found, resource), colour, present ? "square" : "circle");
    }
  }

  /**
   * @param {number} x
   * @param {Scale} scale
   */
  #probe(x, scale) {
    const at = pointAt(x, scale);
    if (at < 0 || !this.model) return null;
    const [resource, title] = this.#shown;
    const lines = this.all
      .filter(({ found }) => GRID[at] <= found.ranking.maxFeasible && found.curve[resource])
      .map(({ name, found }) => ({ name, share: (found.curve[resource] ?? [])[at] }))
      .sort((a, b) => a.share - b.share)
      .map(({ name, share }) => `${this.context.network.methods[name].title}: ${percent(share)}`);
    return { lines: [`Left of ${title} at sparsity ${percent(GRID[at])}`, ...lines], at: scale.x(100 * GRID[at]) };
  }

  #inWords() {
    const [resource, title] = this.#shown;
    const told = this.all.map(({ name, found }) => {
      const share = found.plan.feasible ? percent(shareLeft(found, resource)) : "no network";
      return `${this.context.network.methods[name].title} ${share} at sparsity ${percent(found.plan.sparsity)}`;
    });
    return `Line chart of ${title} left over sparsity, one line a method. On these terms: ${told.join(", ")}.`;
  }
}
