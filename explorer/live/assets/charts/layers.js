/** The axis that layer charts share: layers in network order, the network's parts as bands with their names above. */
import { short } from "../format.js";
import { larger } from "./type_size.js";
/** @import { Network, Palette, Pen, Scale } from "../types.d.ts" */

/**
 * @param {Network} network
 * @param {Palette} colours
 * @param {number} width
 * @returns {Record<string, any>} plotly's x axis, shapes and annotations; names are escaped, since plotly reads a few
 *   HTML tags.
 */
export function layerAxis(network, colours, width) {
  const names = network.layers.map((layer) => layer.name);
  const every = Math.max(1, Math.ceil(names.length / Math.max(8, Math.min(44, width / (22 * larger())))));
  const shown = names.map((name, position) => ({ name, position })).filter(({ position }) => position % every === 0);
  return {
    xaxis: {
      range: [-0.6, names.length - 0.4],
      tickvals: shown.map(({ position }) => position),
      ticktext: shown.map(({ name }) => escape(short(name, 18))),
      tickangle: -40,
      tickfont: { size: (names.length / every <= 30 ? 13 : 11) * larger() },
      showgrid: false,
    },
    shapes: network.stages
      .filter((_, index) => index % 2 === 0)
      .map((stage) => ({
        type: "rect",
        x0: stage.start - 0.5,
        x1: stage.stop - 0.5,
        y0: 0,
        y1: 1,
        yref: "paper",
        fillcolor: colours.band,
        line: { width: 0 },
        layer: "below",
      })),
    annotations: network.stages
      .filter(({ start, stop, title }) => ((stop - start) / names.length) * (width - 84) >= letters(title))
      .map((stage) => ({
        text: escape(stage.title),
        x: (stage.start + stage.stop - 1) / 2,
        y: 1,
        yref: "paper",
        yanchor: "bottom",
        showarrow: false,
        font: { size: 14 * larger() },
      })),
  };
}

/**
 * Pixels that a title takes in a line.
 * @param {string} title
 */
function letters(title) {
  return 8.2 * larger() * title.length;
}

/**
 * Pixels that slanted layer names need below the plot.
 * @param {Network} network
 */
export function namesHeight(network) {
  return 20 + Math.round(4.7 * Math.max(0, ...network.layers.map((layer) => short(layer.name, 18).length)));
}

/**
 * The layer under a pixel, -1 outside.
 * @param {Network} network
 * @param {number} x
 * @param {Scale} scale
 */
export function layerAt(network, x, scale) {
  const layer = Math.round(scale.left(x));
  return layer >= 0 && layer < network.layers.length ? layer : -1;
}

/**
 * A frame around the chosen layer.
 * @param {Pen} ctx
 * @param {Scale} scale
 * @param {Palette} colours
 * @param {number} layer
 */
export function outline(ctx, scale, colours, layer) {
  if (layer < 0) return;
  const [left, right] = [scale.x(layer - 0.5), scale.x(layer + 0.5)];
  ctx.strokeStyle = colours.text;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(left, 0.75, right - left, scale.height - 1.5);
}

/**
 * A text that plotly draws as it is.
 * @param {string} text
 */
export function escape(text) {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
