/** One resource over sparsity for all methods, so that the chosen one has something to be compared with. */
import { element } from "../element.js";
import { percent } from "../format.js";
import { GRID } from "../model.js";
import { methodLook } from "../palette.js";
import { end, here, line, point, pointAt, sparsityAxes, valueAt } from "./curve.js";
import { Frame } from "./frame.js";
import { namesHeight } from "./layers.js";
import { showLegend } from "./legend.js";

const RESOURCES = [
  ["macs", "MACs"],
  ["activations", "memory"],
  ["params", "parameters"],
];

export class Methods {
  constructor(root, context) {
    this.context = context;
    this.resource = "macs";
    this.frame = new Frame(root, context, {
      title: "All methods",
      words: context.words.methods ?? context.words.resources,
      caption: "The chosen method is drawn thick. A cross ends a curve where a layer has no neuron left.",
      height: 150 + namesHeight(context.network) - 20, // as tall as the chart beside it
      below: 50,
      layout: sparsityAxes,
    });
    this.frame.legend.classList.add("ranp-legend-two");
    this.frame.extra.append(this.#select());
    this.frame.hover((x, y, scale) => this.#probe(x, scale));
  }

  update(model, changed) {
    this.model = model;
    if (changed.theme || changed.network) this.frame.lay();
    if (!(changed.plan || changed.ranking || changed.curves || changed.theme || changed.network)) return;
    const { colours, network } = this.context;
    showLegend(
      this.frame.legend,
      this.#methods().map(([name]) => {
        const { colour, dash } = methodLook(name, colours);
        return { title: network.methods[name].title, mark: "line", colour, dash: dash.map((length) => length / 1.3) };
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
    const names = Object.keys(this.context.network.methods).filter((name) => others.has(name));
    return names.map((name) => [name, others.get(name)]);
  }

  #select() {
    const id = "ranp-compared";
    const select = element(
      "select",
      { id, class: "ranp-select ranp-small", "aria-label": "Resource that is compared" },
      ...RESOURCES.map(([value, title]) => element("option", { value }, title)),
    );
    select.addEventListener("change", () => {
      this.resource = select.value;
      this.frame.repaint();
      this.frame.describe(() => this.#inWords());
    });
    return select;
  }

  #paint(ctx, scale, colours) {
    const { plan, settings, full } = this.model;
    here(ctx, scale, colours, plan.sparsity);
    const chosen = ([name]) => name === settings.method;
    const methods = this.#methods();
    for (const [name, { curve, maxFeasible }] of [
      ...methods.filter((one) => !chosen(one)),
      ...methods.filter(chosen),
    ]) {
      const { colour, dash } = methodLook(name, colours);
      const values = curve[this.resource];
      const width = name === settings.method ? 4 : 2;
      line(ctx, scale, values, { colour, dash, width, last: maxFeasible });
      if (maxFeasible < GRID[GRID.length - 1]) end(ctx, scale, maxFeasible, valueAt(values, maxFeasible), colour);
      if (name !== settings.method || plan.sparsity > maxFeasible) continue;
      point(ctx, scale, plan.sparsity, plan.costs[this.resource] / full[this.resource], colour, "circle");
    }
  }

  #probe(x, scale) {
    const found = pointAt(x, scale);
    if (found < 0 || !this.model) return null;
    const lines = this.#methods()
      .filter(([, { maxFeasible }]) => GRID[found] <= maxFeasible)
      .sort(([, a], [, b]) => a.curve[this.resource][found] - b.curve[this.resource][found])
      .map(
        ([name, { curve }]) => `${this.context.network.methods[name].title}: ${percent(curve[this.resource][found])}`,
      );
    return {
      lines: [`${this.#title()} left at sparsity ${percent(GRID[found])}`, ...lines],
      at: scale.x(100 * GRID[found]),
    };
  }

  #title() {
    const [, title] = RESOURCES.find(([name]) => name === this.resource);
    return title[0].toUpperCase() + title.slice(1);
  }

  #inWords() {
    const { plan, network } = this.model;
    const left = this.#methods().map(([name, { curve, maxFeasible }]) => {
      const value = plan.sparsity <= maxFeasible ? percent(valueAt(curve[this.resource], plan.sparsity)) : "no network";
      return `${network.methods[name].title} ${value}`;
    });
    return `Line chart over sparsity, one line a method. ${this.#title()} left at sparsity ${percent(plan.sparsity)}: ${left.join(", ")}.`;
  }
}
