/** Where the MACs are: each layer's share of the full network's, before and after. */
import { percent } from "../format.js";
import { aboutLayer } from "../wording.js";
import { Frame } from "./frame.js";
import { layerAt, layerAxis, namesHeight, outline } from "./layers.js";
import { showLegend } from "./legend.js";
/** @import { Choose, Context, Costs, Differences, Model, Palette, Pen, Scale, Table } from "../types.d.ts" */

const HALF = 0.41; // of a bar

export class Macs {
  /** @type {Model} */
  model;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Choose} choose
   */
  constructor(root, context, choose) {
    this.context = context;
    const { network, words } = context;
    this.frame = new Frame(root, context, {
      title: "Where the MACs are",
      words: words.macs,
      caption: "Each layer's share of the full network's MACs: the light bar before, the filled one after pruning.",
      below: namesHeight(network),
      saved: { chart: "macs", settings: () => this.model.settings, table: () => this.#table() },
      layout: (colours) => ({
        ...layerAxis(network, colours, this.frame.plot.clientWidth),
        yaxis: {
          title: "Share of all MACs",
          range: [0, 105 * this.#most()],
          ticksuffix: " %",
          nticks: 6,
          fixedrange: true,
        },
      }),
    });
    this.frame.hover((x, y, scale) => {
      const layer = layerAt(network, x, scale);
      return layer < 0 || !this.model ? null : { lines: aboutLayer(this.model, layer) };
    });
    this.frame.click((x, y, scale) => choose(layerAt(network, x, scale)));
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    if (changed.theme || changed.network) {
      this.frame.lay();
      const { colours } = this.context;
      showLegend(this.frame.legend, [
        { title: "after", mark: "bar", colour: colours.macs },
        { title: "before", mark: "bar", colour: colours.empty_bar },
      ]);
    }
    if (!(changed.plan || changed.theme || changed.network || changed.settings)) return;
    this.frame.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    this.frame.describe(() => macsInWords(model));
  }

  destroy() {
    this.frame.destroy();
  }

  /** @returns {Table} */
  #table() {
    const { network, plan, full } = this.model;
    return {
      columns: ["layer", "MACs before (multiply-adds)", "MACs after (multiply-adds)"],
      rows: network.layers.map(({ name }, at) => [name, full.layers[at], plan.costs.layers[at]]),
    };
  }

  #most() {
    return Math.max(...this.model.full.layers) / this.model.full.macs;
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const { network, plan, full, settings } = this.model;
    const width = scale.x(HALF) - scale.x(-HALF);
    for (let at = 0; at < network.layers.length; at++) {
      const left = scale.x(at - HALF);
      const [before, after] = [full, plan.costs].map((costs) => scale.y((100 * costs.layers[at]) / full.macs));
      ctx.fillStyle = colours.empty_bar;
      ctx.fillRect(left, before, width, scale.height - before);
      ctx.fillStyle = colours.macs;
      ctx.fillRect(left, after, width, scale.height - after);
    }
    outline(ctx, scale, colours, network.index.get(settings.layer) ?? -1);
  }
}

/** @param {Model} model */
function macsInWords({ network, plan, full }) {
  const most = full.layers.indexOf(Math.max(...full.layers));
  /** @param {Costs} costs */
  const share = (costs) => percent(costs.layers[most] / full.macs);
  return (
    `Bar chart of ${network.layers.length} layers: ${percent(plan.costs.macs / full.macs)} of the MACs are left. ` +
    `Most were in ${network.layers[most].name}: ${share(full)} of all before, ${share(plan.costs)} after.`
  );
}
