/** The importance of every neuron, sorted within its layer, against the threshold that decides. */
import { FATE, thresholds } from "../engine/plan.js";
import { small } from "../format.js";
import { fateOf } from "../wording.js";
import { Frame } from "./frame.js";
import { layerAt, layerAxis, namesHeight, outline } from "./layers.js";
import { showLegend } from "./legend.js";
import { marks } from "./marks.js";
import { Sorted } from "./sorted.js";
/** @import { Choose, Context, Differences, Model, Palette, Pen, Scale, Table } from "../types.d.ts" */

const DECADES = 6; // scores below 10^-6 of the highest are drawn at the lower edge
const SPREAD = 0.38; // of a layer's neurons around its middle

export class Importance {
  /** @type {Model} */
  model;
  /** @type {Float32Array} */
  logs;
  /** @type {{method: string | null, value: number}} where the axis ends, and for which methods */
  #floor = { method: null, value: 0 };

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Choose} choose
   */
  constructor(root, context, choose) {
    this.context = context;
    const { network, words } = context;
    this.sorted = new Sorted(network);
    this.frame = new Frame(root, context, {
      title: "Importance of every neuron",
      words: words.importance,
      caption:
        "Each mark is a neuron, sorted within its layer. What is below the line goes, unless its layer is held or a " +
        "tied layer needs the channel. Choose a layer to look into it.",
      height: 240,
      below: namesHeight(network),
      saved: { chart: "importance", settings: () => this.model.settings, table: () => this.#table() },
      layout: (colours) => ({
        ...layerAxis(network, colours, this.frame.plot.clientWidth),
        yaxis: {
          title: "Importance (highest = 1)",
          type: "log",
          range: [this.#floor.value - 0.1, 0.15],
          dtick: 1,
          exponentformat: "power",
        },
      }),
    });
    this.frame.hover((x, y, scale) => {
      const found = this.#neuronAt(x, scale);
      return found ? { lines: this.#about(found) } : null;
    });
    this.frame.click((x, y, scale) => {
      const found = this.#neuronAt(x, scale);
      if (found) choose(found.layer, found.neuron);
    });
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    if (changed.ranking || changed.network) this.logs = this.sorted.logs(model.ranking);
    if (this.#lower(model) || changed.theme || changed.network) this.frame.lay();
    if (changed.theme || changed.network) this.#legend();
    if (!(changed.plan || changed.theme || changed.network || changed.settings)) return;
    this.frame.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    this.frame.describe(() => importanceInWords(model));
  }

  destroy() {
    this.frame.destroy();
  }

  /**
   * The axis ends at a whole decade; while methods differ by costs alone it only grows, so that nothing jumps.
   * @param {Model} model
   */
  #lower({ settings, network }) {
    const { scores, balance } = network.methods[settings.method];
    const method = `${scores} ${balance}`;
    const lowest = this.logs.reduce((least, value) => Math.min(least, value), 0);
    const wanted = Math.max(-DECADES, Math.floor(lowest));
    const value = this.#floor.method === method ? Math.min(this.#floor.value, wanted) : wanted;
    const moved = value !== this.#floor.value;
    this.#floor = { method, value };
    return moved;
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const { network, plan, settings, ranking, fates } = this.model;
    const draw = marks(ctx, colours);
    const order = this.sorted.order(ranking);
    for (let layer = 0; layer < network.layers.length; layer++) {
      const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
      const left = scale.x(layer - SPREAD);
      const step = (scale.x(layer + SPREAD) - left) / (stop - start);
      if (left > scale.width || left + step * (stop - start) < 0) continue;
      draw.begin(step);
      for (let place = start; place < stop; place++) {
        const y = scale.y(Math.max(this.logs[place], -DECADES));
        draw.add(left + step * (place - start + 0.5), y, fates[order[place]]);
      }
    }
    draw.finish();
    this.#threshold(ctx, scale, colours, thresholds(ranking, plan.sparsity));
    const chosen = network.index.get(settings.layer) ?? -1;
    outline(ctx, scale, colours, chosen);
    if (chosen >= 0 && settings.neuron !== null) this.#ring(ctx, scale, colours, chosen, settings.neuron);
  }

  /**
   * One line where all layers share the threshold, otherwise a short one for each layer.
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   * @param {(number | null)[]} limits
   */
  #threshold(ctx, scale, colours, limits) {
    const { ranking, network } = this.model;
    ctx.strokeStyle = colours.warning;
    ctx.lineWidth = 2;
    ctx.beginPath();
    limits.forEach((limit, pool) => {
      if (limit === null || limit <= 0) return;
      const [first, last] = ranking.layerwise ? [pool, pool] : [0, network.layers.length - 1];
      const y = scale.y(Math.log10(limit));
      ctx.moveTo(scale.x(first - 0.5), y);
      ctx.lineTo(scale.x(last + 0.5), y);
    });
    ctx.stroke();
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   * @param {number} layer
   * @param {number} neuron
   */
  #ring(ctx, scale, colours, layer, neuron) {
    const { network, ranking } = this.model;
    const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
    const place = this.sorted.order(ranking).indexOf(start + neuron, start);
    if (place < 0) return;
    const x = scale.x(layer - SPREAD + (2 * SPREAD * (place - start + 0.5)) / (stop - start));
    ctx.beginPath();
    ctx.arc(x, scale.y(Math.max(this.logs[place], -DECADES)), 7, 0, 7);
    ctx.strokeStyle = colours.text;
    ctx.lineWidth = 2.5;
    ctx.stroke();
  }

  /**
   * The neuron whose mark is at that height of the axis of layers: which of its layer, and its rank there.
   * @param {number} x
   * @param {Scale} scale
   */
  #neuronAt(x, scale) {
    const { network } = this.context;
    const layer = layerAt(network, x, scale);
    if (layer < 0 || !this.model) return null;
    const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
    const along = (scale.left(x) - (layer - SPREAD)) / (2 * SPREAD);
    const rank = Math.max(0, Math.min(stop - start - 1, Math.floor(along * (stop - start))));
    const at = this.sorted.order(this.model.ranking)[start + rank];
    return { layer, rank, at, neuron: at - start };
  }

  /** @returns {Table} */
  #table() {
    const { network, ranking, plan, fates } = this.model;
    const columns = ["layer", "neuron", "importance (share of the highest)", "kept (1 = yes)", "what became of it"];
    const rows = Array.from(fates, (_, at) => {
      const layer = network.layerOf[at];
      const share = ranking.scores[at] / ranking.highest;
      const kept = plan.alive[network.units[at]];
      return [network.layers[layer].name, at - network.starts[layer], share, kept, fateOf(this.model, at)];
    });
    return { columns, rows };
  }

  /** @param {{layer: number, rank: number, at: number, neuron: number}} options */
  #about({ layer, rank, at, neuron }) {
    const { network, ranking } = this.model;
    return [
      `${network.layers[layer].name}, neuron ${neuron}`,
      `rank ${rank + 1} of ${network.neurons[layer]} in its layer`,
      `importance ${small(ranking.scores[at] / ranking.highest)} of the highest`,
      fateOf(this.model, at),
    ];
  }

  #legend() {
    const { colours } = this.context;
    showLegend(this.frame.legend, [
      { title: "kept", mark: "dot", colour: colours.kept },
      { title: "removed", mark: "dot", colour: colours.removed },
      { title: "kept: held or tied", mark: "up", colour: colours.kept },
      { title: "removed: tied", mark: "down", colour: colours.warning },
      { title: "threshold", mark: "line", colour: colours.warning },
    ]);
  }
}

/** @param {Model} model */
function importanceInWords({ network, plan, fates }) {
  /** @param {number} fate */
  const of = (fate) => fates.filter((one) => one === fate).length;
  return (
    `Importance of ${network.total} neurons by layer on a logarithmic scale, with the threshold: ${plan.left} are ` +
    `kept, ${of(FATE.RESCUED)} of them below the threshold; ${of(FATE.DROPPED)} above it are removed.`
  );
}
