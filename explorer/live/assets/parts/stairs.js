/** A layer's time over its width, with the place where the plan stands. */
import { drawable } from "../charts/drawable.js";
import { inline } from "../controls/help.js";
import { element, mark } from "../element.js";
import { staircase } from "../engine/staircase.js";
import { duration } from "../format.js";
import { stairs } from "../wording.js";
/** @import { Context, Model, Palette, Pen, Staircase } from "../types.d.ts" */

const HEIGHT = 104; // pixels
const BELOW = 18; // of the widths
const ABOVE = 20; // of the most seconds
const LEFT = 8;
const TICKS = 8; // channels: the least vector of a kernel

export class Stairs {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.canvas = element("canvas", { class: "ranp-stairs", role: "img" });
    this.said = element("p", { class: "ranp-drawn-said" });
    this.source = element("p", { class: "ranp-source" });
    this.node = element("div", {}, this.canvas, this.said, this.source);
  }

  /**
   * @param {Model} model
   * @param {number} at
   */
  update(model, at) {
    const found = staircase(model, at, "training");
    mark(this.node, "hidden", found === null);
    if (!found) return;
    const said = stairs(found);
    this.said.textContent = said;
    this.source.replaceChildren(...inline(this.context.times?.source ?? ""));
    mark(this.canvas, "aria-label", `Line chart of the layer's time over its width. ${said}`);
    this.#paint(found);
  }

  /** @param {Staircase} found */
  #paint(found) {
    const width = this.canvas.clientWidth || 320;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    const [pixels, lines] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (this.canvas.width !== pixels || this.canvas.height !== lines)
      Object.assign(this.canvas, { width: pixels, height: lines });
    const ctx = drawable(this.canvas.getContext("2d"));
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, HEIGHT);
    const most = found.seconds.reduce((highest, one) => Math.max(highest, one), 0) || 1;
    const last = Math.max(1, found.seconds.length - 1);
    const x = (/** @type {number} */ neurons) => LEFT + ((neurons - 1) / last) * (width - 2 * LEFT);
    const y = (/** @type {number} */ seconds) => ABOVE + (1 - seconds / most) * (HEIGHT - BELOW - ABOVE);
    const { colours, font } = this.context;
    grid(ctx, colours, font, found.seconds.length, x);
    curve(ctx, colours, found, x, y);
    ctx.fillStyle = colours.text;
    ctx.textAlign = "left";
    ctx.fillText(`up to ${duration(most)}`, 0, 11);
    if (found.at) here(ctx, colours, x(found.at), y(found.seconds[found.at - 1]));
  }
}

/**
 * Widths along the bottom, with a line at each multiple of the least vector, as far as they stay apart.
 * @param {Pen} ctx
 * @param {Palette} colours
 * @param {string} font
 * @param {number} widths
 * @param {(neurons: number) => number} x
 */
function grid(ctx, colours, font, widths, x) {
  let step = TICKS;
  while (x(1 + step) - x(1) < 26) step *= 2;
  ctx.strokeStyle = colours.empty_bar;
  ctx.fillStyle = colours.text;
  ctx.font = `11px ${font}`;
  ctx.textAlign = "center";
  ctx.lineWidth = 1;
  for (let neurons = step; neurons <= widths; neurons += step) {
    const place = Math.round(x(neurons)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(place, ABOVE - 4);
    ctx.lineTo(place, HEIGHT - BELOW);
    ctx.stroke();
    ctx.fillText(String(neurons), place, HEIGHT - 4);
  }
}

/**
 * @param {Pen} ctx
 * @param {Palette} colours
 * @param {Staircase} found
 * @param {(neurons: number) => number} x
 * @param {(seconds: number) => number} y
 */
function curve(ctx, colours, { seconds }, x, y) {
  ctx.strokeStyle = colours.seconds;
  ctx.lineWidth = 2;
  ctx.lineJoin = "round";
  ctx.beginPath();
  seconds.forEach((one, at) => ctx.lineTo(x(at + 1), y(one)));
  ctx.stroke();
  ctx.strokeStyle = colours.text;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(0, y(0) + 0.5);
  ctx.lineTo(x(seconds.length) + LEFT, y(0) + 0.5);
  ctx.stroke();
}

/**
 * Where the plan stands.
 * @param {Pen} ctx
 * @param {Palette} colours
 * @param {number} x
 * @param {number} y
 */
function here(ctx, colours, x, y) {
  ctx.strokeStyle = colours.text;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, ABOVE - 4);
  ctx.lineTo(x, HEIGHT - BELOW);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = colours.seconds;
  ctx.beginPath();
  ctx.arc(x, y, 5, 0, 7);
  ctx.fill();
}
