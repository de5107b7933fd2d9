/** The marks of the layers' chart. Positions up are logarithms to the base of ten. */
import { marks } from "../charts/marks.js";
import { LIGHT } from "../palette.js";
/** @import { Costed, Palette, Pen, Scale, Scene, Spread } from "../types.d.ts" */

/** @typedef {ReturnType<typeof tints>} Tints */

const HALF = 0.3; // of a box
const SPREAD = 0.38; // of a layer's neurons around its middle

/** @type {Record<Costed, "macs" | "memory" | "time">} what each cost is called among the colours and texts */
export const TINTS = { macs: "macs", activations: "memory", seconds: "time" };

/**
 * The colours of the symbols in the formulas, as xray.css has them.
 * @param {Palette} colours
 */
export function tints(colours) {
  const light = colours === LIGHT;
  return {
    neuron: light ? "#D55E00" : "#F08A3C",
    layer: light ? "#0072B2" : "#56B4E9",
    highest: light ? "#00875F" : "#2CC295",
    macs: light ? "#0072B2" : "#56B4E9",
    memory: light ? "#A8578A" : "#D98CBB",
    time: light ? "#8A6500" : "#E9B949",
    others: light ? "#8A909A" : "#8D939C",
    fill: colours.empty_bar,
    text: colours.text,
    back: light ? "#FFFFFF" : "#0E1117",
  };
}

/**
 * Whiskers, middle halves, medians and means; the chosen layer in its colour.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {Float64Array} logs
 * @param {number} chosen
 */
export function boxes(ctx, scale, tint, logs, chosen) {
  for (let layer = 0; layer < logs.length / 6; layer++) {
    const [min, q1, median, q3, max, mean] = logs.subarray(6 * layer, 6 * layer + 6).map((value) => scale.y(value));
    const [left, right, middle] = [scale.x(layer - HALF), scale.x(layer + HALF), scale.x(layer)];
    const colour = layer === chosen ? tint.layer : tint.others;
    ctx.strokeStyle = colour;
    ctx.lineWidth = layer === chosen ? 2 : 1.25;
    line(ctx, middle, min, middle, max);
    ctx.fillStyle = tint.back;
    ctx.fillRect(left, q3, right - left, Math.max(1, q1 - q3));
    ctx.fillStyle = layer === chosen ? `${colour}44` : tint.fill;
    ctx.fillRect(left, q3, right - left, Math.max(1, q1 - q3));
    ctx.strokeRect(left, q3, right - left, Math.max(1, q1 - q3));
    line(ctx, left, median, right, median);
    disc(ctx, middle, mean, layer === chosen ? 4 : 3, colour);
  }
}

/**
 * From each layer's mean before the step to its mean after it.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {Spread[]} before
 * @param {Float64Array} logs
 * @param {number} low
 */
export function arrows(ctx, scale, tint, before, logs, low) {
  ctx.lineWidth = 1.5;
  before.forEach(({ mean }, layer) => {
    const from = scale.y(Math.max(low, Math.log10(mean)));
    const to = scale.y(logs[6 * layer + 5]);
    const x = scale.x(layer);
    if (Math.abs(from - to) < 5) return;
    ctx.strokeStyle = tint.text;
    ctx.fillStyle = tint.back;
    line(ctx, x, from, x, to + Math.sign(from - to) * 4);
    const way = Math.sign(from - to) * 6;
    ctx.beginPath();
    ctx.moveTo(x - 4, to + way + 2 * Math.sign(way));
    ctx.lineTo(x, to + way / 2);
    ctx.lineTo(x + 4, to + way + 2 * Math.sign(way));
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, from, 3, 0, 7);
    ctx.fill();
    ctx.stroke();
  });
}

/**
 * What a layer's scores are multiplied with, above the box: wherever there is room, always at the chosen layer.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {Float64Array} values
 * @param {Float64Array} logs
 * @param {number} chosen
 */
export function factors(ctx, scale, tint, values, logs, chosen) {
  const room = scale.x(1) - scale.x(0) >= 38;
  ctx.font = `600 11.5px ${getComputedStyle(ctx.canvas).fontFamily}`;
  ctx.textAlign = "center";
  values.forEach((value, layer) => {
    if (!room && layer !== chosen) return;
    ctx.fillStyle = layer === chosen ? tint.layer : tint.text;
    const said = `× ${value < 10 ? value.toFixed(2) : value.toPrecision(3)}`;
    ctx.fillText(said, Math.max(19, scale.x(layer)), scale.y(logs[6 * layer + 4]) - 8);
  });
}

/**
 * Shares of the costliest layer, as bars from the bottom.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {NonNullable<Scene["costs"]>} shares
 */
export function costs(ctx, scale, tint, shares) {
  const tall = 0.24 * scale.height;
  /** @param {number} layer @param {number} share @param {number} from @param {number} to @param {string} colour */
  const bar = (layer, share, from, to, colour) => {
    const [left, right] = [scale.x(layer + from), scale.x(layer + to)];
    ctx.fillStyle = `${colour}99`;
    ctx.fillRect(left, scale.height - tall * share, right - left, tall * share);
  };
  const [left, width] = [-HALF - 0.08, (2 * (HALF + 0.08)) / shares.length];
  shares.forEach((one, at) => {
    one.shares.forEach((share, layer) => bar(layer, share, left + at * width, left + (at + 1) * width, tint[one.tint]));
  });
}

/**
 * Every neuron, sorted within its layer, by what became of it.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Palette} colours
 * @param {NonNullable<Scene["marks"]>} marked
 * @param {number} low
 */
export function neurons(ctx, scale, colours, { network, order, logs, fates }, low) {
  const draw = marks(ctx, colours);
  for (let layer = 0; layer < network.layers.length; layer++) {
    const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
    const left = scale.x(layer - SPREAD);
    const step = (scale.x(layer + SPREAD) - left) / (stop - start);
    draw.begin(step);
    for (let place = start; place < stop; place++) {
      draw.add(left + step * (place - start + 0.5), scale.y(Math.max(low, logs[place])), fates[order[place]]);
    }
  }
  draw.finish();
}

/**
 * One line where all layers share the threshold, otherwise a short one for each.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {(number | null)[]} values
 * @param {number} layers
 */
export function limits(ctx, scale, tint, values, layers) {
  ctx.strokeStyle = tint.text;
  ctx.lineWidth = 2.25;
  values.forEach((limit, pool) => {
    if (limit === null || limit <= 0) return;
    const [first, last] = values.length > 1 ? [pool, pool] : [0, layers - 1];
    line(ctx, scale.x(first - 0.5), scale.y(Math.log10(limit)), scale.x(last + 0.5), scale.y(Math.log10(limit)));
  });
}

/**
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {string} colour
 * @param {number} log
 * @param {number[]} dash
 */
export function across(ctx, scale, colour, log, dash) {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.setLineDash(dash);
  line(ctx, 0, scale.y(log), scale.width, scale.y(log));
  ctx.restore();
}

/**
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Tints} tint
 * @param {{layer: number, value: number, aside?: number}} place
 * @param {number} low
 */
export function diamond(ctx, scale, tint, { layer, value, aside = 0 }, low) {
  const [x, y] = [scale.x(layer + aside), scale.y(Math.max(low, Math.log10(value)))];
  ctx.beginPath();
  ctx.moveTo(x, y - 8);
  ctx.lineTo(x + 7, y);
  ctx.lineTo(x, y + 8);
  ctx.lineTo(x - 7, y);
  ctx.closePath();
  ctx.fillStyle = tint.neuron;
  ctx.strokeStyle = tint.back;
  ctx.lineWidth = 2;
  ctx.fill();
  ctx.stroke();
}

/**
 * @param {Pen} ctx
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/**
 * @param {Pen} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
function disc(ctx, x, y, radius, colour) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.fillStyle = colour;
  ctx.fill();
}
