/** What charts over sparsity share: their axes, their lines, where the plan stands, and where nothing can be built. */
import { GRID } from "../model.js";
/** @import { Evaluated, Numbers, Palette, Pen, Priced, Ranking, Scale } from "../types.d.ts" */

/** Plotly's axes: sparsity below, what is left of the full network at the left. */
export function sparsityAxes() {
  return {
    xaxis: {
      title: "Sparsity: share of all neurons removed",
      range: [0, 101],
      ticksuffix: " %",
      nticks: 6,
      standoff: 6,
    },
    yaxis: { title: "Left of the full network", range: [0, 102], ticksuffix: " %", nticks: 6 },
  };
}

/**
 * A line over the sparsities, up to `last` (a sparsity) where there is no network beyond.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Numbers} values
 * @param {{colour: string, dash?: number[], width?: number, last?: number}} options
 */
export function line(ctx, scale, values, { colour, dash = [], width = 2.5, last = 1 }) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.setLineDash(dash);
  ctx.beginPath();
  for (let at = 0; at < GRID.length && GRID[at] <= last; at++) {
    ctx.lineTo(scale.x(100 * GRID[at]), scale.y(100 * values[at]));
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/**
 * The shade where a layer is empty.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Palette} colours
 * @param {Ranking} ranking
 */
export function failing(ctx, scale, colours, ranking) {
  if (ranking.firstEmpty < 0) return;
  const left = scale.x(100 * ranking.maxFeasible);
  ctx.fillStyle = colours.failing;
  ctx.fillRect(left, 0, scale.width - left, scale.height);
}

/**
 * The dotted line where the plan stands.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Palette} colours
 * @param {number} sparsity
 */
export function here(ctx, scale, colours, sparsity) {
  ctx.strokeStyle = colours.text;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(scale.x(100 * sparsity), 0);
  ctx.lineTo(scale.x(100 * sparsity), scale.height);
  ctx.stroke();
  ctx.setLineDash([]);
}

/**
 * The line at a height over all sparsities, such as what a card holds; nothing where it is above the chart.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Palette} colours
 * @param {number} share
 */
export function level(ctx, scale, colours, share) {
  if (share > 1.02) return;
  ctx.strokeStyle = colours.peak;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 3]);
  ctx.beginPath();
  ctx.moveTo(0, scale.y(100 * share));
  ctx.lineTo(scale.width, scale.y(100 * share));
  ctx.stroke();
  ctx.setLineDash([]);
}

/**
 * A mark on a line: circle, square, diamond, triangle or cross.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {number} sparsity
 * @param {number} value
 * @param {string} colour
 * @param {string} shape
 */
export function point(ctx, scale, sparsity, value, colour, shape) {
  const [x, y] = [scale.x(100 * sparsity), scale.y(100 * value)];
  ctx.fillStyle = colour;
  ctx.beginPath();
  if (shape === "circle") ctx.arc(x, y, 5, 0, 7);
  else if (shape === "square") ctx.rect(x - 4.5, y - 4.5, 9, 9);
  else for (const [right, down] of CORNERS[shape]) ctx.lineTo(x + right, y + down);
  ctx.fill();
}

/** @type {Record<string, [number, number][]>} to the right and down from the middle of a mark */
const CORNERS = {
  cross: [
    [-2, -6],
    [2, -6],
    [2, -2],
    [6, -2],
    [6, 2],
    [2, 2],
    [2, 6],
    [-2, 6],
    [-2, 2],
    [-6, 2],
    [-6, -2],
    [-2, -2],
  ],
  diamond: [
    [0, -6],
    [6, 0],
    [0, 6],
    [-6, 0],
  ],
  triangle: [
    [0, -6],
    [6, 5],
    [-6, 5],
  ],
};

/**
 * A cross where a line ends because a layer is empty.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {number} sparsity
 * @param {number} value
 * @param {string} colour
 */
export function end(ctx, scale, sparsity, value, colour) {
  const [x, y] = [scale.x(100 * sparsity), scale.y(100 * value)];
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.beginPath();
  for (const side of [-1, 1]) {
    ctx.moveTo(x - 4, y - 4 * side);
    ctx.lineTo(x + 4, y + 4 * side);
  }
  ctx.stroke();
}

/**
 * The point of the grid under a pixel, -1 outside.
 * @param {number} x
 * @param {Scale} scale
 */
export function pointAt(x, scale) {
  const found = Math.round((scale.left(x) / 100) * GRID.length);
  return found >= 0 && found < GRID.length ? found : -1;
}

/**
 * What the plan leaves of a resource, a share of the full network's; NaN while that is not known.
 * @param {Evaluated} model
 * @param {Priced} resource
 */
export function shareLeft({ plan, full, training, timed }, resource) {
  if (resource === "seconds") return timed?.after ? timed.after.training.total / timed.before.training.total : NaN;
  if (resource !== "peak") return full[resource] ? plan.costs[resource] / full[resource] : 0;
  return training && training.after !== null ? training.after / training.before : NaN;
}

/**
 * A curve's value at any sparsity, between its points.
 * @param {Numbers} values
 * @param {number} sparsity
 */
export function valueAt(values, sparsity) {
  const place = Math.min(GRID.length - 1, sparsity * GRID.length);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return values[low] + (place - low) * (values[high] - values[low]);
}
