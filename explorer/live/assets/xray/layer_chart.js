/** How the scores of every layer lie after a step, with the chosen neuron; from step to step the boxes glide. */
import { Frame } from "../charts/frame.js";
import { layerAt, layerAxis, namesHeight } from "../charts/layers.js";
import { showLegend } from "../charts/legend.js";
import { write } from "../element.js";
import { plain } from "./math.js";
import * as paint from "./painting.js";
/** @import { Context, Palette, Pen, Scale, Scene, Spread, Texts } from "../types.d.ts" */

const GLIDE = 450; // milliseconds
/** @type {(keyof Spread)[]} */
const KEYS = ["min", "q1", "median", "q3", "max", "mean"];

export class LayerChart {
  /** @type {Scene} */
  scene;
  /** @type {Float64Array} */
  target;
  /** @type {Float64Array | null} logarithms on display */
  #now = null;
  /** @type {{from: Float64Array, start: number} | null} the glide under way: from what, and since when */
  #glide = null;
  #frame = 0;
  #axis = "";

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Texts} texts
   * @param {(layer: number, value: number) => void} choose where the chart is clicked
   */
  constructor(root, context, texts, choose) {
    this.context = context;
    this.texts = texts;
    this.chart = new Frame(root, context, {
      title: texts.importance_chart,
      words: texts.pick,
      height: matchMedia("(max-width: 640px)").matches ? 200 : 255,
      below: namesHeight(context.network),
      layout: (colours) => ({
        ...layerAxis(context.network, colours, this.chart.plot.clientWidth),
        yaxis: {
          title: this.scene?.axis ?? "", type: "log", range: this.scene?.range ?? [-3, 0], dtick: this.#decades(),
          exponentformat: "power", fixedrange: true,
        },
      }),
    });
    this.chart.hover((x, _, scale) => this.#about(layerAt(context.network, x, scale)));
    this.chart.click((x, y, scale) => {
      const [low, high] = this.scene.range;
      const layer = layerAt(context.network, x, scale);
      if (layer >= 0) choose(layer, 10 ** (low + (1 - y / scale.height) * (high - low)));
    });
  }

  /**
   * @param {Scene} scene
   * @param {{glide: boolean, theme: boolean}} how
   */
  update(scene, { glide, theme }) {
    const axis = JSON.stringify([scene.axis, scene.range]);
    this.scene = scene;
    write(this.chart.heading, scene.title);
    if (axis !== this.#axis || theme) {
      this.#axis = axis;
      this.chart.lay();
    }
    showLegend(this.chart.legend, scene.legend(this.context.colours));
    this.#aim(scene.spreads, glide);
    this.chart.describe(() => scene.words);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.chart.destroy();
  }

  /** Decades between two numbers of the axis, so that they have room. */
  #decades() {
    const [low, high] = this.scene?.range ?? [-3, 0];
    return Math.max(1, Math.ceil((high - low) / 9));
  }

  /**
   * @param {Spread[]} spreads
   * @param {boolean} glide
   */
  #aim(spreads, glide) {
    const low = this.scene.range[0];
    const logs = Float64Array.from(spreads.flatMap((one) => KEYS.map((key) => Math.max(low, Math.log10(one[key])))));
    this.target = logs;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (glide && !calm && this.#now?.length === logs.length) {
      this.#glide = { from: this.#now, start: performance.now() };
    } else if (this.#glide === null) {
      this.#now = logs;
    }
    this.chart.paint((ctx, scale, colours) => this.#paint(ctx, scale, colours));
    this.#move();
  }

  #move() {
    cancelAnimationFrame(this.#frame);
    if (this.#glide === null) return;
    const { from, start } = this.#glide;
    const share = Math.min(1, (performance.now() - start) / GLIDE);
    const eased = 1 - (1 - share) ** 3;
    this.#now = this.target.map((value, index) => from[index] + eased * (value - from[index]));
    if (share === 1) {
      this.#glide = null;
      this.#now = this.target;
    }
    this.chart.repaint();
    if (this.#glide !== null) this.#frame = requestAnimationFrame(() => this.#move());
  }

  /**
   * @param {Pen} ctx
   * @param {Scale} scale
   * @param {Palette} colours
   */
  #paint(ctx, scale, colours) {
    if (!this.#now) return;
    const tints = paint.tints(colours);
    const { scene } = this;
    const settled = this.#glide === null;
    if (scene.costs) paint.costs(ctx, scale, tints, scene.costs);
    if (scene.marks) paint.neurons(ctx, scale, colours, scene.marks, scene.range[0]);
    else paint.boxes(ctx, scale, tints, this.#now, scene.chosen.layer);
    if (scene.before && settled) paint.arrows(ctx, scale, tints, scene.before, this.#now, scene.range[0]);
    if (scene.highest !== null) paint.across(ctx, scale, tints.highest, Math.log10(scene.highest), [6, 4]);
    if (scene.limits) paint.limits(ctx, scale, tints, scene.limits, this.context.network.layers.length);
    if (scene.factors && settled) paint.factors(ctx, scale, tints, scene.factors, this.#now, scene.chosen.layer);
    const { layer, value, aside } = scene.chosen;
    if (value !== null) paint.diamond(ctx, scale, tints, { layer, value, aside }, scene.range[0]);
  }

  /** @param {number} layer */
  #about(layer) {
    if (layer < 0 || !this.scene) return null;
    const { spreads } = this.scene;
    const one = spreads[layer];
    const { legend_range: range, legend_box: box, legend_mean: mean } = this.texts;
    return {
      lines: [
        this.context.network.layers[layer].name,
        `${mean} ${plain(one.mean)}`,
        `${range}: ${plain(one.min)} … ${plain(one.max)}`,
        `${box}: ${plain(one.q1)} … ${plain(one.median)} … ${plain(one.q3)}`,
      ],
    };
  }
}
