/** How much of every layer is left, in network order; the light bar behind is the full layer. */
import { percent } from "../format.js";
import { aboutLayer, heldBack } from "../wording.js";
import { Frame } from "./frame.js";
import { layerAt, layerAxis, namesHeight, outline } from "./layers.js";
import { showLegend } from "./legend.js";
import { hatch } from "./hatch.js";
/** @import { Choose, Context, Differences, Layer, Model, Palette, Pen, Scale, Settings, Table } from "../types.d.ts" */

const HALF = 0.41; // of a bar

export class Retention {
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
    const about = "Each bar is a layer, from input to output: the filled part is kept. Choose a layer to look into it.";
    this.frame = new Frame(root, context, {
      title: "Neurons kept in each layer",
      words: words.retention,
      caption: [about, heldBack(network)].filter(Boolean).join(" "),
      below: namesHeight(network),
      saved: { chart: "kept", settings: () => this.model.settings, table: () => this.#table() },
      layout: (colours) => ({
        ...layerAxis(network, colours, this.frame.plot.clientWidth),
        yaxis: {
          title: "Neurons kept",
          range: [0, 100],
          tickvals: [0, 25, 50, 75, 100],
          ticktext: ["0 %", "25 %", "50 %", "75 %", "100 %"],
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
      this.#legend();
    }
    if (!(changed.plan || changed.theme || changed.network || changed.settings)) return;
    this.frame.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    this.frame.describe(() => retentionInWords(model));
  }

  destroy() {
    this.frame.destroy();
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    const { network, plan, settings } = this.model;
    const width = scale.x(HALF) - scale.x(-HALF);
    network.layers.forEach((layer, at) => {
      const left = scale.x(at - HALF);
      const top = scale.y((100 * plan.kept[at]) / layer.neurons);
      ctx.fillStyle = colours.empty_bar;
      ctx.fillRect(left, 0, width, top);
      ctx.fillStyle = isHeld(layer, settings) ? hatch(ctx, colours) : colours.kept;
      ctx.fillRect(left, top, width, scale.height - top);
      if (plan.kept[at] === 0)
        cross(ctx, colours, scale.x(at), scale.height - 9, Math.min(5, Math.max(2.5, 0.45 * width)));
    });
    outline(ctx, scale, colours, network.index.get(settings.layer) ?? -1);
  }

  /** @returns {Table} */
  #table() {
    const { network, plan } = this.model;
    return {
      columns: ["layer", "neurons", "neurons kept", "neurons kept (share of the layer)"],
      rows: network.layers.map(({ name, neurons }, at) => [name, neurons, plan.kept[at], plan.kept[at] / neurons]),
    };
  }

  #legend() {
    const { colours } = this.context;
    showLegend(this.frame.legend, [
      { title: "kept", mark: "bar", colour: colours.kept },
      { title: "removed", mark: "bar", colour: colours.empty_bar },
      { title: "kept, and held or protected", mark: "hatch", colour: colours.held, second: colours.kept },
      { title: "emptied", mark: "cross", colour: colours.warning },
    ]);
  }
}

/**
 * Whether (some of) the layer's neurons stay whatever their scores.
 * @param {Layer} layer
 * @param {Settings} settings
 */
export function isHeld(layer, settings) {
  return layer.held !== null || settings.protect.includes(layer.name) || settings.caps[layer.name] !== undefined;
}

/**
 * @param {Pen} ctx
 * @param {Palette} colours
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function cross(ctx, colours, x, y, size) {
  ctx.strokeStyle = colours.warning;
  ctx.lineWidth = size > 4 ? 3 : 2;
  ctx.beginPath();
  for (const side of [-1, 1]) {
    ctx.moveTo(x - size, y - size * side);
    ctx.lineTo(x + size, y + size * side);
  }
  ctx.stroke();
}

/**
 * The chart for a reader who does not see it.
 * @param {Model} model
 */
export function retentionInWords({ network, plan }) {
  /** @param {number} at */
  const share = (at) => plan.kept[at] / network.neurons[at];
  let [least, most] = [0, 0];
  for (let at = 1; at < network.layers.length; at++) {
    if (share(at) < share(least)) least = at;
    if (share(at) > share(most)) most = at;
  }
  /** @param {number} at */
  const say = (at) => `${network.layers[at].name} (${plan.kept[at]} of ${network.neurons[at]})`;
  return (
    `Bar chart of ${network.layers.length} layers: ${plan.left} of ${network.total} neurons kept ` +
    `(${percent(plan.left / network.total)}). Least in ${say(least)}, most in ${say(most)}.`
  );
}
