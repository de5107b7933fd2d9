/** What charts over sparsity share: their axes, their lines, where the plan stands, and where nothing can be built. */
import { GRID } from "../model.js";

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

/** A line over the sparsities, up to `last` (a sparsity) where there is no network beyond. */
export function line(ctx, scale, values, { colour, dash = [], width = 2.5, last = 1 }) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.setLineDash(dash);
  ctx.beginPath();
  for (let point = 0; point < GRID.length && GRID[point] <= last; point++) {
    ctx.lineTo(scale.x(100 * GRID[point]), scale.y(100 * values[point]));
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** The shade where a layer is empty. */
export function failing(ctx, scale, colours, ranking) {
  if (ranking.firstEmpty < 0) return;
  const left = scale.x(100 * ranking.maxFeasible);
  ctx.fillStyle = colours.failing;
  ctx.fillRect(left, 0, scale.width - left, scale.height);
}

/** The dotted line where the plan stands. */
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

/** A mark on a line: circle, square or diamond. */
export function point(ctx, scale, sparsity, value, colour, shape) {
  const [x, y] = [scale.x(100 * sparsity), scale.y(100 * value)];
  ctx.fillStyle = colour;
  ctx.beginPath();
  if (shape === "circle") ctx.arc(x, y, 5, 0, 7);
  else if (shape === "square") ctx.rect(x - 4.5, y - 4.5, 9, 9);
  else
    for (const [right, down] of [
      [0, -6],
      [6, 0],
      [0, 6],
      [-6, 0],
    ])
      ctx.lineTo(x + right, y + down);
  ctx.fill();
}

/** A cross where a line ends because a layer is empty. */
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

/** The point of the grid under a pixel, -1 outside. */
export function pointAt(x, scale) {
  const found = Math.round((scale.left(x) / 100) * GRID.length);
  return found >= 0 && found < GRID.length ? found : -1;
}

/** A curve's value at any sparsity, between its points. */
export function valueAt(values, sparsity) {
  const place = Math.min(GRID.length - 1, sparsity * GRID.length);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return values[low] + (place - low) * (values[high] - values[low]);
}
