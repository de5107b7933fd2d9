/** What is left of each resource as sparsity grows; the line is where the network stands, the shade what fails. */
import { percent } from "../format.js";
import { GRID } from "../model.js";
import { failing, here, line, point, pointAt, sparsityAxes } from "./curve.js";
import { Frame } from "./frame.js";
import { namesHeight } from "./layers.js";
import { showLegend } from "./legend.js";

/** Field of a cost, title, dash and mark. */
const RESOURCES = [
  ["macs", "MACs", [], "circle"],
  ["activations", "memory", [9, 5], "square"],
  ["params", "parameters", [2, 4], "diamond"],
];

export class Resources {
  constructor(root, context) {
    this.context = context;
    this.frame = new Frame(root, context, {
      title: "What is left at every sparsity",
      words: context.words.resources,
      caption:
        "For the chosen method. The dotted line is where you are. Where it is shaded, a layer has no neuron left.",
      height: 150 + namesHeight(context.network), // as tall as the chart beside it
      below: 50,
      layout: sparsityAxes,
    });
    this.frame.hover((x, y, scale) => {
      const found = pointAt(x, scale);
      if (found < 0 || !this.model) return null;
      const { curve } = this.model;
      const lines = RESOURCES.map(([name, title]) => `${title}: ${percent(curve[name][found])}`);
      return { lines: [`Left at sparsity ${percent(GRID[found])}`, ...lines], at: scale.x(100 * GRID[found]) };
    });
  }

  update(model, changed) {
    this.model = model;
    if (changed.theme || changed.network) {
      this.frame.lay();
      const { colours } = this.context;
      showLegend(
        this.frame.legend,
        RESOURCES.map(([name, title, dash]) => ({
          title,
          mark: "line",
          colour: colours[name],
          dash: dash.map((length) => length / 1.3),
        })),
      );
    }
    if (!(changed.plan || changed.ranking || changed.theme || changed.network)) return;
    this.frame.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    const { ranking } = model;
    this.frame.remark(ranking.firstEmpty < 0 ? "" : `no network from ${percent(ranking.maxFeasible)}`);
    this.frame.describe(() => resourcesInWords(model));
  }

  destroy() {
    this.frame.destroy();
  }

  #paint(ctx, scale, colours) {
    const { curve, plan, ranking, full } = this.model;
    failing(ctx, scale, colours, ranking);
    here(ctx, scale, colours, plan.sparsity);
    for (const [name, , dash, mark] of RESOURCES) {
      line(ctx, scale, curve[name], { colour: colours[name], dash });
      point(ctx, scale, plan.sparsity, full[name] ? plan.costs[name] / full[name] : 0, colours[name], mark);
    }
  }
}

function resourcesInWords({ plan, full, ranking, network }) {
  const left = RESOURCES.map(([name, title]) => `${title} ${percent(plan.costs[name] / full[name])}`).join(", ");
  const layer = network.layers[ranking.firstEmpty]?.name;
  const ends = layer ? ` From ${percent(ranking.maxFeasible)} layer ${layer} is empty.` : "";
  return `Line chart over sparsity. Left of the full network at sparsity ${percent(plan.sparsity)}: ${left}.${ends}`;
}
