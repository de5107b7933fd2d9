/** A pen with a canvas's strokes that writes an SVG, so that what charts paint can be kept as a drawing. */
import { drawing } from "../element.js";
/** @import { Palette } from "../types.d.ts" */

const NUMBERS = /rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)(?:[,/\s]+([\d.]+))?\s*\)/;
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
const FULL = 6.28; // radians; arcs of as much and more are circles

/** What a path is made of, as a canvas's `Path2D`. */
class Strokes {
  data = "";
  #open = false;

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.data += `M${short(x)} ${short(y)}`;
    this.#open = true;
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    if (!this.#open) return this.moveTo(x, y);
    this.data += `L${short(x)} ${short(y)}`;
  }

  closePath() {
    this.data += "Z";
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.data += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
    this.#open = false;
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to */
  arc(x, y, radius, from, to) {
    const whole = Math.abs(to - from) >= FULL;
    const [start, end] = [from, whole ? from + Math.PI : to].map(
      (angle) => `${short(x + radius * Math.cos(angle))} ${short(y + radius * Math.sin(angle))}`,
    );
    const turn = `A${short(radius)} ${short(radius)} 0`;
    this.data += `${this.#open ? "L" : "M"}${start}${turn} ${Math.abs(to - from) > Math.PI && !whole ? 1 : 0} 1 ${end}`;
    if (whole) this.data += `${turn} 0 1 ${start}Z`;
    this.#open = !whole;
  }
}

export class SvgPen {
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  lineJoin = "miter";
  globalAlpha = 1;
  font = "13px sans-serif";
  textAlign = "start";
  #dash = "";
  #path = new Strokes();
  /** @type {Element | null} */
  #hatch = null;

  /** @param {string} id of the pattern, that no other drawing in the page has */
  constructor(id) {
    this.id = id;
    this.node = drawing("g");
  }

  /** In place of `new Path2D()`. */
  newPath() {
    return new Strokes();
  }

  /**
   * In place of a canvas's pattern: the stripes of layers that are held.
   * @param {Palette} colours
   */
  hatched(colours) {
    if (!this.#hatch) {
      this.#hatch = drawing(
        "pattern",
        { id: this.id, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
        drawing("rect", { width: 8, height: 8, fill: colours.kept }),
        drawing("path", { d: "M-1 1L1 -1M-1 9L9 -1M7 9L9 7", stroke: colours.held, "stroke-width": 2 }),
      );
      this.node.prepend(drawing("defs", {}, this.#hatch));
    }
    return `url(#${this.id})`;
  }

  beginPath() {
    this.#path = new Strokes();
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.#path.moveTo(x, y);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.#path.lineTo(x, y);
  }

  closePath() {
    this.#path.closePath();
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.#path.rect(x, y, width, height);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to */
  arc(x, y, radius, from, to) {
    this.#path.arc(x, y, radius, from, to);
  }

  /** @param {number[]} lengths */
  setLineDash(lengths) {
    this.#dash = lengths.join(" ");
  }

  /** @param {Strokes} [path] */
  fill(path = this.#path) {
    this.#add(path.data, this.#filled());
  }

  /** @param {Strokes} [path] */
  stroke(path = this.#path) {
    this.#add(path.data, this.#stroked());
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.#add(box(x, y, width, height), this.#filled());
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  strokeRect(x, y, width, height) {
    this.#add(box(x, y, width, height), this.#stroked());
  }

  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) {
    const anchor = ANCHORS[/** @type {keyof typeof ANCHORS} */ (this.textAlign)];
    const looks = { x: short(x), y: short(y), style: `font: ${this.font}`, "text-anchor": anchor };
    this.node.append(drawing("text", { ...looks, ...this.#filled() }, text));
  }

  /**
   * @param {string} data
   * @param {Record<string, string | number | null>} looks
   */
  #add(data, looks) {
    if (data) this.node.append(drawing("path", { d: data, ...looks }));
  }

  #filled() {
    const { colour, opacity } = opaque(this.fillStyle);
    return { fill: colour, "fill-opacity": this.#seen(opacity), stroke: null };
  }

  #stroked() {
    const { colour, opacity } = opaque(this.strokeStyle);
    return {
      fill: "none",
      stroke: colour,
      "stroke-opacity": this.#seen(opacity),
      "stroke-width": this.lineWidth,
      "stroke-linejoin": this.lineJoin,
      "stroke-dasharray": this.#dash || null,
    };
  }

  /** @param {number} opacity */
  #seen(opacity) {
    const seen = opacity * this.globalAlpha;
    return seen < 1 ? Number(seen.toFixed(3)) : null;
  }
}

/**
 * A colour without its transparency, which not every reader of SVG takes inside a colour.
 * @param {string} colour
 */
export function opaque(colour) {
  const [, red, green, blue, alpha = "1"] = colour.match(NUMBERS) ?? [];
  return red ? { colour: `rgb(${red}, ${green}, ${blue})`, opacity: Number(alpha) } : { colour, opacity: 1 };
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
function box(x, y, width, height) {
  return `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
}

/** @param {number} value in hundredths of a pixel */
function short(value) {
  return Number(value.toFixed(2));
}
