/**
 * One chart: plotly draws the axes and handles zoom, a canvas over its plot holds what moves.
 *
 * Measured: one `Plotly.restyle` of 58 bars takes about 75 ms on two busy cores, painting them on a canvas 1 ms. So
 * axes are laid out only for a new size, theme or zoom, and a redraw while dragging costs a few painted shapes.
 */
import { element, mark, write } from "../element.js";
import { help } from "../controls/help.js";
import { saving } from "../saving/menu.js";
import { fileName } from "../saving/naming.js";
import { picture } from "../saving/picture.js";
import { drawable } from "./drawable.js";
import { Tooltip } from "./tooltip.js";
import { larger } from "./type_size.js";
/** @import { Context, Graph, Painter, Palette, Said, Saved, Scale } from "../types.d.ts" */

const MARGIN = { l: 66, r: 18, t: 26 }; // of the left as much more as the type is larger
const SPOKEN_AFTER = 400; // milliseconds without a change until the description follows

export class Frame {
  /** @type {Scale | null} */
  #scale = null;
  /** @type {Record<string, any> | null} */
  #layout = null;
  /** @type {number | undefined} */
  #spoken = undefined;
  /** @type {Painter | null} */
  #painter = null;

  /**
   * @param {HTMLElement} root
   * @param {Context} context of the component
   * @param {object} what
   * @param {string} what.title
   * @param {string} [what.words] the help behind the title
   * @param {string} [what.caption] below the chart
   * @param {number} [what.height] of the plot in pixels
   * @param {number} [what.below] of the axis's texts
   * @param {(colours: Palette) => Record<string, any>} what.layout plotly's axes, shapes and annotations
   * @param {Saved} [what.saved] what files of the chart are called, and its numbers
   */
  constructor(root, context, { title, words, caption, height = 200, below = 52, layout, saved }) {
    this.context = context;
    this.height = height;
    this.below = below;
    this.layout = layout;
    this.legend = element("div", { class: "ranp-legend", "aria-hidden": "true" });
    this.note = element("div", { class: "ranp-note", "aria-hidden": "true" });
    this.graph = /** @type {Graph} */ (element("div", { class: "ranp-graph", "aria-hidden": "true" }));
    this.canvas = element("canvas", { class: "ranp-canvas" });
    this.tooltip = new Tooltip();
    this.plot = element(
      "div",
      { class: "ranp-plot", role: "img", "aria-label": title },
      this.graph,
      this.canvas,
      this.note,
    );
    this.plot.append(this.tooltip.node);
    this.plot.style.height = `${this.outer}px`;
    this.extra = element("span", { class: "ranp-extra" });
    this.heading = element("h3", {}, title);
    const head = element("div", { class: "ranp-title" }, this.heading, help(title, words), this.extra);
    if (saved) head.append(this.#saving(title, context, saved));
    this.node = element("figure", { class: "ranp-chart" }, head, this.legend, this.plot);
    if (caption) this.node.append(element("figcaption", {}, caption));
    root.append(this.node);
    this.resizes = new ResizeObserver(() => this.#resized());
    this.resizes.observe(this.plot);
    this.#listen();
  }

  get outer() {
    return MARGIN.t + this.height + this.#below;
  }

  get #below() {
    return Math.round(this.below * larger());
  }

  get #left() {
    return Math.round(MARGIN.l * larger());
  }

  /** Draw the axes again: another theme, other axes. Zoom stays. */
  lay() {
    const width = this.plot.clientWidth;
    if (!width) return;
    const { Plotly, colours, font } = this.context;
    const text = { color: colours.text, family: font, size: 13 * larger() };
    const { xaxis, yaxis, ...rest } = this.layout(colours);
    const axis = { automargin: false, zeroline: false, gridcolor: colours.empty_bar, linecolor: colours.empty_bar };
    this.#layout = {
      width,
      height: this.outer,
      margin: { ...MARGIN, l: this.#left, b: this.#below },
      font: text,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      uirevision: "kept",
      showlegend: false,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      hovermode: false,
      xaxis: { ...axis, ...xaxis, title: titled(xaxis.title, xaxis.standoff) },
      yaxis: { ...axis, ...yaxis, title: titled(yaxis.title, 6) },
      ...rest,
    };
    const config = { displayModeBar: false, doubleClick: "reset", scrollZoom: false, showTips: false };
    Plotly.react(this.graph, [], this.#layout, config);
    if (!this.#scale) this.graph.on("plotly_relayout", () => this.#rescale());
    this.#rescale();
  }

  /**
   * Set what paints, again at every change, and now.
   * @param {Painter} painter
   */
  paint(painter) {
    this.#painter = painter;
    this.repaint();
  }

  /**
   * As tall as that, axis texts and all; the axes are drawn again where that is another height, or must be.
   * @param {number} outer pixels
   * @param {boolean} anew
   */
  stretch(outer, anew) {
    const height = Math.round(outer) - MARGIN.t - this.#below;
    if (Math.abs(height - this.height) < 2 && !anew) return;
    this.height = height;
    this.plot.style.height = `${this.outer}px`;
    this.lay();
  }

  repaint() {
    if (!this.#scale || !this.#painter) return;
    const ctx = drawable(this.canvas.getContext("2d"));
    const ratio = this.canvas.width / this.#scale.width;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, this.#scale.width, this.#scale.height);
    this.#painter(ctx, this.#scale, this.context.colours);
    this.tooltip.refresh();
  }

  /**
   * The chart for a reader who does not see it, once things stand still.
   * @param {() => string} say
   */
  describe(say) {
    clearTimeout(this.#spoken);
    this.#spoken = setTimeout(() => mark(this.plot, "aria-label", say()), SPOKEN_AFTER);
  }

  /**
   * What is said above the plot at its right.
   * @param {string} text
   */
  remark(text) {
    write(this.note, text);
  }

  /**
   * `probe(x, y, scale)` in pixels of the plot gives `{lines: [texts], at?: x}` or null.
   * @param {(x: number, y: number, scale: Scale) => Said | null} probe
   */
  hover(probe) {
    this.tooltip.probe = (x, y) => (this.#scale ? probe(x, y, this.#scale) : null);
  }

  /**
   * What happens where the plot is clicked.
   * @param {(x: number, y: number, scale: Scale) => void} chosen
   */
  click(chosen) {
    this.plot.classList.add("ranp-clickable");
    this.plot.addEventListener("click", (event) => {
      const [x, y] = this.#place(event);
      if (this.#scale && x >= 0 && x <= this.#scale.width && y >= 0) chosen(x, y, this.#scale);
    });
  }

  /**
   * @param {string} title
   * @param {Context} context
   * @param {Saved} saved
   */
  #saving(title, { subject }, { chart, settings, table }) {
    return saving(title, { name: () => fileName(subject, chart, settings()), picture: () => this.#picture(), table });
  }

  /** The chart as it stands, as one drawing. */
  async #picture() {
    const { Plotly, colours, font } = this.context;
    if (!this.#scale || !this.#painter || !this.#layout) throw new Error("the chart is not drawn yet");
    const probe = this.node.closest(".ranp-live")?.querySelector(".ranp-probe") ?? this.node;
    return picture({
      Plotly,
      title: this.heading.textContent ?? "",
      legend: this.legend,
      note: this.note.textContent ?? "",
      graph: this.graph,
      left: this.#left,
      top: MARGIN.t,
      width: this.#layout.width,
      height: this.outer,
      scale: this.#scale,
      painter: this.#painter,
      looks: { colours, font, back: getComputedStyle(probe).backgroundColor },
    });
  }

  destroy() {
    clearTimeout(this.#spoken);
    this.resizes.disconnect();
    this.context.Plotly.purge(this.graph);
  }

  #listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const [x, y] = this.#place(event);
      const inside = this.#scale && x >= 0 && x <= this.#scale.width && y >= -MARGIN.t && y <= this.#scale.height;
      if (inside && !event.buttons) this.tooltip.show(x, y, this.#left, MARGIN.t, this.plot.clientWidth);
      else this.tooltip.hide();
    });
    this.plot.addEventListener("pointerleave", () => this.tooltip.hide());
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]} pixels of the plot
   */
  #place(event) {
    const box = this.plot.getBoundingClientRect();
    return [event.clientX - box.left - this.#left, event.clientY - box.top - MARGIN.t];
  }

  #resized() {
    if (this.plot.clientWidth && this.plot.clientWidth !== this.#layout?.width) this.lay();
  }

  /** Read the ranges in view and fit the canvas to the plot. */
  #rescale() {
    if (!this.#layout) return;
    const { xaxis, yaxis } = this.graph.layout;
    const width = this.#layout.width - this.#left - MARGIN.r;
    const [[x0, x1], [y0, y1]] = [xaxis.range, yaxis.range];
    this.#scale = {
      width,
      height: this.height,
      x: (value) => ((value - x0) / (x1 - x0)) * width,
      y: (value) => this.height - ((value - y0) / (y1 - y0)) * this.height,
      left: (pixel) => x0 + (pixel / width) * (x1 - x0),
    };
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(this.height * ratio) });
    Object.assign(this.canvas.style, {
      left: `${this.#left}px`,
      top: `${MARGIN.t}px`,
      width: `${width}px`,
      height: `${this.height}px`,
    });
    this.repaint();
  }
}

/**
 * @param {string} text
 * @param {number} [standoff]
 */
function titled(text, standoff = 8) {
  return { text, standoff, font: { size: 14 * larger() } };
}
