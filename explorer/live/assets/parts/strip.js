/** The neurons of one layer side by side, as they are numbered: height is importance, colour what became of them. */
import { drawable } from "../charts/drawable.js";
import { FATE } from "../engine/plan.js";
import { element, mark } from "../element.js";
import { small } from "../format.js";
import { fateOf } from "../wording.js";
/** @import { Choose, Context, Model } from "../types.d.ts" */

const HEIGHT = 64; // pixels
const DECADES = 4; // from the highest of the layer down
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

export class Strip {
  /** @type {Model} */
  model;
  /** @type {number} */
  at;
  /** @type {number} */
  count;

  /**
   * @param {Context} context
   * @param {Choose} choose
   */
  constructor(context, choose) {
    this.context = context;
    this.choose = choose;
    this.canvas = element("canvas", {
      class: "ranp-strip",
      tabindex: 0,
      role: "slider",
      "aria-label": "Neuron of the layer",
      "aria-valuemin": 0,
    });
    this.said = element("p", { class: "ranp-neuron" });
    this.node = element("div", {}, this.canvas, this.said);
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.#choose(Math.floor(((event.clientX - box.left) / box.width) * this.count));
    });
    this.canvas.addEventListener("keydown", (event) => this.#step(event));
  }

  /**
   * @param {Model} model
   * @param {number} at
   */
  update(model, at) {
    const { network, settings } = model;
    this.model = model;
    this.at = at;
    this.count = network.neurons[at];
    const chosen = settings.neuron;
    mark(this.canvas, "aria-valuemax", this.count - 1);
    mark(this.canvas, "aria-valuenow", chosen ?? 0);
    const said =
      chosen === null || chosen === undefined
        ? "Each bar is a neuron; the higher, the more important (logarithmic). " +
          "Pale blue: kept though below the threshold."
        : this.#about(chosen);
    mark(this.canvas, "aria-valuetext", said);
    this.said.textContent = said;
    this.#paint(chosen);
  }

  /** @param {number} neuron */
  #about(neuron) {
    const { network, ranking } = this.model;
    const at = network.starts[this.at] + neuron;
    const importance = small(ranking.scores[at] / ranking.highest);
    return `Neuron ${neuron}: importance ${importance} of the highest; ${fateOf(this.model, at)}.`;
  }

  /** @param {number | null} chosen */
  #paint(chosen) {
    const width = this.canvas.clientWidth || 320;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    const [pixels, lines] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (this.canvas.width !== pixels || this.canvas.height !== lines)
      Object.assign(this.canvas, { width: pixels, height: lines });
    const ctx = drawable(this.canvas.getContext("2d"));
    const { network, ranking, fates } = this.model;
    const { colours } = this.context;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, HEIGHT);
    const start = network.starts[this.at];
    const scores = ranking.scores.subarray(start, start + this.count);
    const top = Math.log10(scores.reduce((most, score) => Math.max(most, score), 0) || 1);
    const step = width / this.count;
    for (let neuron = 0; neuron < this.count; neuron++) {
      const share = 1 + (Math.log10(scores[neuron]) - top) / DECADES;
      const tall = Math.max(2, (HEIGHT - 8) * Math.max(0, share || 0));
      const fate = fates[start + neuron];
      ctx.fillStyle =
        fate === FATE.KEPT
          ? colours.kept
          : fate === FATE.RESCUED
            ? colours.held
            : fate === FATE.DROPPED
              ? colours.warning
              : colours.removed;
      ctx.fillRect(neuron * step, HEIGHT - tall, Math.max(0.6, step - (step > 3 ? 1 : 0)), tall);
    }
    if (chosen === null || chosen === undefined) return;
    ctx.fillStyle = colours.text;
    ctx.beginPath();
    for (const [right, down] of [
      [-5, 0],
      [5, 0],
      [0, 6],
    ])
      ctx.lineTo((chosen + 0.5) * step + right, down);
    ctx.fill();
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.#choose((this.model.settings.neuron ?? -1) + by);
  }

  /** @param {number} neuron */
  #choose(neuron) {
    this.choose(this.at, Math.max(0, Math.min(this.count - 1, neuron)));
  }
}
