/** What is left of each resource as sparsity grows; the line is where the network stands, the shade what fails. */
import { atLeast, percent } from "../format.js";
import { GRID } from "../model.js";
import { failing, here, level, line, point, pointAt, shareLeft, sparsityAxes } from "./curve.js";
import { Frame } from "./frame.js";
import { namesHeight } from "./layers.js";
import { showLegend } from "./legend.js";
/** @import { Context, Curve, Differences, Entry, Model, Palette, Pen, Priced, Scale, Table } from "../types.d.ts" */

/** @type {[Priced, string, number[], string][]} field of a curve, title, dash and mark */
const RESOURCES = [
  ["macs", "MACs", [], "circle"],
  ["activations", "memory", [9, 5], "square"],
  ["params", "parameters", [2, 4], "diamond"],
  ["peak", "training peak", [12, 3, 2, 3], "triangle"],
  ["seconds", "step time", [7, 2, 2, 2, 2, 2], "cross"],
];

const PALE = 0.45; // how strongly the curve without fast widths is drawn beside the one with them

export class Resources {
  /** @type {Model} */
  model;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    this.frame = new Frame(root, context, {
      title: "What is left at every sparsity",
      words: context.words.resources,
      caption:
        "For the chosen method. The dotted line is where you are. Where it is shaded, a layer has no neuron left.",
      height: 150 + namesHeight(context.network), // as tall as the chart beside it
      below: 50,
      saved: { chart: "resources", settings: () => this.model.settings, table: () => numbers(this.model) },
      layout: sparsityAxes,
    });
    this.frame.hover((x, y, scale) => {
      const found = pointAt(x, scale);
      if (found < 0 || !this.model) return null;
      const { curve } = this.model;
      const { fast } = this.model;
      const lines = shown(this.model).map(({ name, title }) => {
        const [plain, moved] = [curve, fast].map((one) => percent((one?.[name] ?? [])[found]));
        return fast ? `${title}: ${moved} at fast widths, ${plain} without` : `${title}: ${plain}`;
      });
      return { lines: [`Left at sparsity ${percent(GRID[found])}`, ...lines], at: scale.x(100 * GRID[found]) };
    });
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    if (changed.theme || changed.network) this.frame.lay();
    const { theme, network, peak, times, curves, settings } = changed;
    if (theme || network || peak || times || curves || settings) showLegend(this.frame.legend, this.#entries());
    if (!(changed.plan || changed.ranking || peak || times || curves || theme || network)) return;
    this.frame.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    const { ranking } = model;
    this.frame.remark(ranking.firstEmpty < 0 ? "" : `no network from ${percent(atLeast(ranking.maxFeasible, 3))}`);
    this.frame.describe(() => resourcesInWords(model));
  }

  destroy() {
    this.frame.destroy();
  }

  /** @returns {Entry[]} */
  #entries() {
    const { colours } = this.context;
    const lines = shown(this.model).map(({ name, title, dash }) => ({
      title,
      mark: /** @type {const} */ ("line"),
      colour: colours[name],
      dash: dash.map((length) => length / 1.3),
    }));
    const plain = "pale: without fast widths";
    if (this.model.fast) lines.push({ title: plain, mark: "line", colour: colours.held, dash: [] });
    const card = cardLevel(this.model);
    if (card > 1) return lines;
    return [...lines, { title: "my card", mark: "line", colour: colours.peak, dash: [4, 2] }];
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const { curve, fast, plan, ranking } = this.model;
    failing(ctx, scale, colours, ranking);
    level(ctx, scale, colours, cardLevel(this.model));
    here(ctx, scale, colours, plan.sparsity);
    for (const { name, dash, mark } of shown(this.model)) {
      ctx.globalAlpha = fast ? PALE : 1;
      line(ctx, scale, curve[name] ?? [], { colour: colours[name], dash, width: fast ? 1.5 : 2.5 });
      ctx.globalAlpha = 1;
      if (fast) line(ctx, scale, fast[name] ?? [], { colour: colours[name], dash });
      point(ctx, scale, plan.sparsity, shareLeft(this.model, name), colours[name], mark);
    }
  }
}

/**
 * The chart's numbers; empty where a layer has no neuron left.
 * @param {Model} model
 * @returns {Table}
 */
export function numbers(model) {
  const { curve, fast, ranking } = model;
  const all = [[curve, ""], ...(fast ? [[fast, " at fast widths"]] : [])];
  const lines = /** @type {[Curve, string][]} */ (all).flatMap(([one, where]) =>
    shown(model).map(({ name, title }) => ({
      said: `${title} left${where} (share of the full network)`,
      values: one[name] ?? [],
    })),
  );
  const rows = Array.from(GRID, (sparsity, at) => [
    sparsity,
    ...lines.map(({ values }) => (sparsity <= ranking.maxFeasible ? (values[at] ?? null) : null)),
  ]);
  return { columns: ["sparsity (share of neurons)", ...lines.map(({ said }) => said)], rows };
}

/**
 * The resources whose curves are known, each with its looks.
 * @param {Model} model
 */
function shown({ curve }) {
  return RESOURCES.filter(([name]) => curve[name]).map(([name, title, dash, mark]) => ({ name, title, dash, mark }));
}

/**
 * What the card holds, as a share of the full network's peak; Infinity while that is not known.
 * @param {Model} model
 */
function cardLevel({ training }) {
  return training ? training.fit.limit / training.before : Infinity;
}

/** @param {Model} model */
function resourcesInWords(model) {
  const { plan, ranking, network } = model;
  const parts = shown(model).filter(({ name }) => !Number.isNaN(shareLeft(model, name)));
  const said = parts.map(({ name, title }) => `${title} ${percent(shareLeft(model, name))}`).join(", ");
  const layer = network.layers[ranking.firstEmpty]?.name;
  const ends = layer ? ` From ${percent(atLeast(ranking.maxFeasible, 3))} layer ${layer} is empty.` : "";
  const beside = model.fast ? " Pale: without fast widths." : "";
  const now = `Left of the full network at sparsity ${percent(plan.sparsity)}: ${said}.`;
  return `Line chart over sparsity. ${now}${beside}${ends}`;
}
