/** A chart as one drawing: its title, what its marks mean, plotly's axes, and what is painted over them. */
import { drawable } from "../charts/drawable.js";
import { drawing, element } from "../element.js";
import { SvgPen } from "./svg_pen.js";
/** @import { Pen, Shown } from "../types.d.ts" */

const EDGE = 12;
const TITLE = 26;
const ROW = 20;
const SPARE = "sans-serif"; // where a reader of the file has not the page's typeface

let made = 0;

/**
 * @param {Shown} shown
 * @returns {Promise<SVGSVGElement>}
 */
export async function picture({ Plotly, title, legend, note, graph, left, top, width, height, scale, painter, looks }) {
  const axes = await axesOf(Plotly, graph, width, height);
  const id = `ranp-saved-${++made}`;
  const pen = new SvgPen(`${id}-hatch`);
  painter(/** @type {Pen} */ (/** @type {unknown} */ (pen)), scale, looks.colours);
  const keys = keysOf(legend, width - left, looks.font, looks.colours.text);
  const above = EDGE + TITLE + keys.height;
  const clip = drawing("clipPath", { id }, drawing("rect", { width: scale.width, height: scale.height }));
  const text = { fill: looks.colours.text, "font-family": looks.font };
  axes.setAttribute("y", String(above));
  return drawing(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height: height + above, viewBox: `0 0 ${width} ${height + above}` },
    drawing("title", {}, title),
    drawing("defs", {}, clip),
    drawing("rect", { width, height: height + above, fill: looks.back }),
    drawing("text", { x: EDGE, y: EDGE + 14, "font-size": 17, "font-weight": 600, ...text }, title),
    drawing("g", { transform: `translate(${EDGE}, ${EDGE + TITLE})` }, ...keys.nodes),
    axes,
    drawing(
      "g",
      { transform: `translate(${left}, ${top + above})`, "clip-path": `url(#${id})` },
      pen.node,
    ),
    note &&
      drawing(
        "text",
        { x: width - 18, y: above + 16, "text-anchor": "end", "font-size": 13, ...text },
        note,
      ),
  );
}

/**
 * Plotly's axes as it draws them.
 * @param {Shown["Plotly"]} Plotly
 * @param {HTMLElement} graph
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Element>}
 */
async function axesOf(Plotly, graph, width, height) {
  const address = await Plotly.toImage(graph, { format: "svg", width, height });
  const text = decodeURIComponent(address.slice(address.indexOf(",") + 1));
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return /** @type {Element} */ (document.importNode(found, true));
}

/**
 * The legend in rows as wide as the chart.
 * @param {Element} legend
 * @param {number} width
 * @param {string} font
 * @param {string} colour
 */
function keysOf(legend, width, font, colour) {
  const pen = drawable(element("canvas").getContext("2d"));
  const wide = (/** @type {string} */ said, /** @type {string} */ face) => {
    pen.font = `13px ${face}`;
    return pen.measureText(said).width;
  };
  let [x, y] = [0, 0];
  const nodes = [...legend.children].map((entry) => {
    const said = entry.textContent ?? "";
    const room = 26 + Math.max(wide(said, font), wide(said, SPARE)) + 14;
    if (x > 0 && x + room > width) [x, y] = [0, y + ROW];
    const swatch = /** @type {Element | undefined} */ (entry.querySelector("svg")?.cloneNode(true));
    swatch?.removeAttribute("class");
    for (const [name, value] of Object.entries({ width: 20, height: 12, y: 2 })) swatch?.setAttribute(name, `${value}`);
    const words = drawing("text", { x: 26, y: 12, "font-size": 13, fill: colour, "font-family": font }, said);
    const node = drawing("g", { transform: `translate(${x}, ${y})` }, swatch, words);
    x += room;
    return node;
  });
  return { nodes, height: nodes.length ? y + ROW + 4 : 0 };
}
