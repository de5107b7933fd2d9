/** One resource over sparsity for all methods, so that the chosen one has something to be compared with. */
import { element } from "../element.js";
import { percent } from "../format.js";
import { GRID } from "../model.js";
import { methodLook } from "../palette.js";
import { end, here, line, point, pointAt, shareLeft, sparsityAxes, valueAt } from "./curve.js";
import { Frame } from "./frame.js";
import { namesHeight } from "./layers.js";
import { showLegend } from "./legend.js";
/** @import { Context, Differences, Model, Palette, Pen, Priced, Scale, Table } from "../types.d.ts" */

/** @type {[Priced, string][]} */
const RESOURCES = [
  ["macs", "MACs"],
  ["activations", "memory"],
  ["params", "parameters"],
  ["peak", "training peak"],
  ["seconds", "step time"],
];

export class Methods {
  /** @type {Model} */
  model;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.context = context;
    /** @type {Priced} */
    this.resource = "macs";
    this.frame = new Frame(root, context, {
      title: "All methods",
      words: context.words.methods ?? context.words.resources,
      caption: "The chosen method is drawn thick. A cross ends a curve where a layer has no neuron left.",
      height: 150 + namesHeight(context.network) - 20, // as tall as the chart beside it
      below: 50,
      saved: { chart: "methods", settings: () => this.model.settings, table: () => this.#table() },
      layout: sparsityAxes,
    });
    this.frame.legend.classList.add("ranp-legend-two");
    this.select = this.#select();
    this.frame.extra.append(this.select);
    this.frame.hover((x, y, scale) => this.#probe(x, scale));
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    if (changed.theme || changed.network) this.frame.lay();
    this.#offer("peak", Boolean(model.training));
    this.#offer("seconds", Boolean(model.timed));
    const { plan, ranking, curves, peak, times, theme, network } = changed;
    if (!(plan || ranking || curves || peak || times || theme || network)) return;
    const { colours } = this.context;
    showLegend(
      this.frame.legend,
      this.#methods().map(({ name }) => {
        const method = this.context.network.methods[name];
        const { colour, dash } = methodLook(method, colours);
        const { title } = method;
        return { title, mark: "line", colour, dash: dash.map((length) => length / 1.3) };
      }),
    );
    this.frame.paint((ctx, scale, palette) => this.#paint(ctx, scale, palette));
    this.frame.describe(() => this.#inWords());
  }

  destroy() {
    this.frame.destroy();
  }

  /** Of each method its curve of the resource, in the library's order. */
  #methods() {
    const { others } = this.model;
    return Object.keys(this.context.network.methods).flatMap((name) => {
      const found = others.get(name);
      const values = found?.curve[this.resource];
      return found && values ? [{ name, values, maxFeasible: found.maxFeasible }] : [];
    });
  }

  /**
   * What a training step takes can be compared once it is known.
   * @param {Priced} resource
   * @param {boolean} known
   */
  #offer(resource, known) {
    const found = [...this.select.options].find((option) => option.value === resource);
    if (found) found.disabled = !known;
  }

  #select() {
    const id = "ranp-compared";
    const select = element(
      "select",
      { id, class: "ranp-select ranp-small", "aria-label": "Resource that is compared" },
      ...RESOURCES.map(([value, title]) => element("option", { value }, title)),
    );
    select.addEventListener("change", () => {
      this.resource = /** @type {Priced} */ (select.value);
      this.frame.repaint();
      this.frame.describe(() => this.#inWords());
    });
    return select;
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const { plan, settings } = this.model;
    here(ctx, scale, colours, plan.sparsity);
    const methods = this.#methods();
    const others = methods.filter(({ name }) => name !== settings.method);
    const chosen = methods.filter(({ name }) => name === settings.method);
    for (const { name, values, maxFeasible } of [...others, ...chosen]) {
      const { colour, dash } = methodLook(this.context.network.methods[name], colours);
      const width = name === settings.method ? 4 : 2;
      line(ctx, scale, values, { colour, dash, width, last: maxFeasible });
      if (maxFeasible < GRID[GRID.length - 1]) end(ctx, scale, maxFeasible, valueAt(values, maxFeasible), colour);
      if (name !== settings.method || plan.sparsity > maxFeasible) continue;
      point(ctx, scale, plan.sparsity, shareLeft(this.model, this.resource), colour, "circle");
    }
  }

  /**
   * @param {number} x
   * @param {Scale} scale
   */
  #probe(x, scale) {
    const found = pointAt(x, scale);
    if (found < 0 || !this.model) return null;
    const lines = this.#methods()
      .filter(({ maxFeasible }) => GRID[found] <= maxFeasible)
      .sort((a, b) => a.values[found] - b.values[found])
      .map(({ name, values }) => `${this.context.network.methods[name].title}: ${percent(values[found])}`);
    return {
      lines: [`${this.#title()} left at sparsity ${percent(GRID[found])}`, ...lines],
      at: scale.x(100 * GRID[found]),
    };
  }

  /** @returns {Table} */
  #table() {
    const methods = this.#methods();
    const what = `${this.#title()} left (share of the full network)`;
    const columns = methods.map(({ name }) => `${this.context.network.methods[name].title}: ${what}`);
    const rows = Array.from(GRID, (sparsity, at) => [
      sparsity,
      ...methods.map(({ values, maxFeasible }) => (sparsity <= maxFeasible ? values[at] : null)),
    ]);
    return { columns: ["sparsity (share of neurons)", ...columns], rows };
  }

  #title() {
    const title = new Map(RESOURCES).get(this.resource) ?? this.resource;
    return title[0].toUpperCase() + title.slice(1);
  }

  #inWords() {
    const { plan, network } = this.model;
    const shares = this.#methods().map(({ name, values, maxFeasible }) => {
      const value = plan.sparsity <= maxFeasible ? percent(valueAt(values, plan.sparsity)) : "no network";
      return `${network.methods[name].title} ${value}`;
    });
    const at = `${this.#title()} left at sparsity ${percent(plan.sparsity)}`;
    return `Line chart over sparsity, one line a method. ${at}: ${shares.join(", ")}.`;
  }
}
