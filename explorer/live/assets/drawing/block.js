/** One layer of the drawing: a light outline for the full layer, and as much of it filled as is kept. */
import { drawing, mark } from "../element.js";
/** @import { Layer, Place } from "../types.d.ts" */

const TOUCHED = 16; // pixels that a pointer can hit, at least
const LETTER = 6.3; // pixels of a letter, about
const LINE = 12; // from one line of a name to the next
const BEHIND = 3; // how far a second use of the layer stands behind the first

export class Block {
  /** @type {number} */
  width = 0;

  /**
   * @param {Place} place
   * @param {Layer} layer
   * @param {string} hatch id of the pattern of held layers
   */
  constructor(place, layer, hatch) {
    this.place = place;
    this.layer = layer;
    this.again = place.calls > 1 ? drawing("rect", { class: "ranp-block-again" }) : null;
    this.full = drawing("rect", { class: "ranp-block-full" });
    this.kept = drawing("rect", { class: "ranp-block-kept" });
    this.held = drawing("rect", { class: "ranp-block-held", fill: `url(#${hatch})`, hidden: true });
    this.cross = drawing("path", { class: "ranp-block-cross", hidden: true });
    this.hit = drawing("rect", { class: "ranp-block-hit" });
    this.name = drawing("text", { class: "ranp-block-name" }); // beside the button, whose label is the whole name
    this.node = drawing(
      "g",
      { class: "ranp-block", role: "button", tabindex: -1, "data-layer": layer.name, "aria-label": layer.name },
      this.again,
      this.full,
      this.kept,
      this.held,
      this.cross,
      this.hit,
    );
  }

  /**
   * Lay it out at a zoom.
   * @param {number} zoom
   * @param {number} length of its name, 0 for the longest
   */
  put(zoom, length) {
    const [x, y, width, height] = this.place.box.map((one) => one * zoom);
    const [left, top] = [x - width / 2, y - height / 2];
    this.width = width;
    for (const rect of [this.full, this.held]) box(rect, left, top, width, height);
    box(this.kept, left, top, Number(this.kept.getAttribute("width")), height);
    if (this.again) box(this.again, left + BEHIND, top - BEHIND, width, height);
    const [wide, tall] = [Math.max(width, TOUCHED), Math.max(height, TOUCHED)];
    box(this.hit, x - wide / 2, y - tall / 2, wide, tall);
    mark(this.cross, "d", `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`);
    this.#call(x, top + height, fitting(this.place, zoom, length));
  }

  /**
   * @param {number} kept neurons
   * @param {string} colour
   * @param {boolean} held
   */
  fill(kept, colour, held) {
    const width = (this.width * kept) / this.layer.neurons;
    mark(this.kept, "width", width);
    mark(this.kept, "fill", colour);
    if (held) mark(this.held, "width", width);
    mark(this.held, "hidden", !held);
    mark(this.cross, "hidden", kept > 0);
  }

  /**
   * @param {number} x
   * @param {number} bottom
   * @param {string[]} lines
   */
  #call(x, bottom, lines) {
    this.name.replaceChildren(...lines.map((text, at) => drawing("tspan", { x, y: bottom + LINE * (at + 1) }, text)));
  }
}

/**
 * The longest name of a place that has room below it, on two lines where that helps; nothing where none has.
 * @param {Place} place
 * @param {number} zoom
 * @param {number} first of its names that may be taken
 * @param {number} [last] the first that may not
 * @returns {string[]}
 */
export function fitting({ names, room }, zoom, first, last) {
  const most = Math.floor((room * zoom - 2) / LETTER);
  const lines = names.slice(first, last).flatMap((name) => [[name], halved(name)]);
  return lines.find((parts) => parts.every((part) => part.length <= most)) ?? [];
}

/**
 * A name cut at the dot that makes its longer part shortest.
 * @param {string} name
 */
function halved(name) {
  const parts = name.split(".");
  if (parts.length === 1) return [name];
  const cuts = parts.slice(1).map((_, at) => [parts.slice(0, at + 1).join("."), parts.slice(at + 1).join(".")]);
  /** @param {string[]} lines */
  const longest = (lines) => Math.max(...lines.map((line) => line.length));
  return cuts.reduce((best, cut) => (longest(cut) < longest(best) ? cut : best));
}

/**
 * @param {Element} rect
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function box(rect, x, y, width, height) {
  mark(rect, "x", x);
  mark(rect, "y", y);
  mark(rect, "width", width);
  mark(rect, "height", height);
}
