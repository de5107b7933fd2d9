/**
 * The network as it is built: a block a layer, as wide as its neurons and as tall as its resolution; what is filled of
 * it is kept. Where everything stands comes with the packet (explorer/charts/architecture.py); while one drags, nothing
 * but the width and the colour of what is filled changes.
 */
import { Tooltip } from "../charts/tooltip.js";
import { isHeld } from "../charts/retention.js";
import { showLegend } from "../charts/legend.js";
import { help } from "../controls/help.js";
import { drawing, element, mark, write } from "../element.js";
import { aboutLayer } from "../wording.js";
import { Block, fitting } from "./block.js";
import { find } from "./find.js";
import { LENSES } from "./lenses.js";
import { pathOf } from "./lines.js";
import { other } from "./others.js";
import { inWords } from "./words.js";
import { Zoom } from "./zoom.js";
import { along, beside } from "./walking.js";
/** @import { Choose, Context, Differences, Model, Place } from "../types.d.ts" */

const SPOKEN_AFTER = 400; // milliseconds without a change until the descriptions follow
const SHADES = 24; // of a colour, from the palest
const PALEST = 0.45;
const NAMED = 0.8; // of all layers: where not all names of a length have room, so many must
const SHEET_BELOW = "(max-width: 640px)"; // there the inspector lies over the end of the window
const HATCH = "ranp-held-layers";

export class Architecture {
  /** @type {Model} */
  model;
  lens = "kept";
  /** @type {string[]} */
  #shades = [];
  /** @type {number | undefined} */
  #spoken = undefined;
  /** @type {number} position of the layer in the tab order */
  #current = 0;
  /** @type {string | null} */
  #chosen = null;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Choose} choose
   */
  constructor(root, context, choose) {
    const { network, words } = context;
    this.context = context;
    this.choose = choose;
    this.drawn = network.drawing;
    this.blocks = network.layers.map((layer, at) => {
      const place = this.drawn.places.find((one) => one.layer === at);
      return new Block(/** @type {Place} */ (place), layer, HATCH);
    });
    this.ways = this.drawn.lines.map(([, , kind]) => drawing("path", { class: `ranp-way ranp-way-${kind}` }));
    this.others = this.drawn.places.flatMap((place) => (place.kind === "layer" ? [] : [other(place)]));
    this.svg = drawing(
      "svg",
      { class: "ranp-architecture", role: "group", "aria-label": "The network, layer by layer" },
      drawing("defs", {}, hatched()),
      drawing("g", { "aria-hidden": "true" }, ...this.ways, ...this.others.map(({ node }) => node)),
      ...this.blocks.map((block) => block.node),
      drawing("g", { "aria-hidden": "true" }, ...this.blocks.map((block) => block.name)),
    );
    this.frame = element("div", { class: "ranp-scroll" }, this.svg);
    this.tooltip = new Tooltip();
    this.told = element("p", { class: "ranp-spoken", id: "ranp-network-in-words" });
    this.legend = element("div", { class: "ranp-legend", "aria-hidden": "true" });
    this.ramp = { from: element("span"), bar: element("i"), to: element("span") };
    const ramp = element("div", { class: "ranp-ramp", "aria-hidden": "true" }, ...Object.values(this.ramp));
    this.zoom = new Zoom(this.frame, this.drawn, () => this.#lay());
    this.colour = element("select", { id: "ranp-lens", class: "ranp-select ranp-small" });
    this.colour.addEventListener("change", () => this.#look(this.colour.value));
    const [field, names] = find(
      network,
      (found) => this.#show(found),
      (layer) => this.#open(layer),
    );
    const title = "The network";
    const head = element(
      "div",
      { class: "ranp-title" },
      element("h3", {}, title),
      help(title, words.architecture),
      element(
        "span",
        { class: "ranp-extra ranp-tools" },
        element("label", { class: "ranp-lens" }, element("span", {}, "Colour"), this.colour),
        field,
        names,
        this.zoom.node,
      ),
    );
    this.node = element(
      "figure",
      { class: "ranp-sheet" },
      head,
      element("div", { class: "ranp-keys" }, this.legend, ramp),
      element("div", { class: "ranp-canvas-of" }, this.frame, this.tooltip.node),
      this.told,
    );
    mark(this.svg, "aria-describedby", this.told.id);
    root.append(this.node);
    this.tooltip.probe = () => this.#about();
    this.#listen();
    this.#tab(0);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    this.model = model;
    if (changed.network || changed.times) this.#offer();
    if (changed.network) this.#lay();
    if (changed.theme || changed.network) this.#shade();
    if (!(changed.plan || changed.settings || changed.theme || changed.network || changed.times)) return;
    this.#paint();
    if (this.#chosen !== model.settings.layer) this.#follow(model.settings.layer, changed.network ?? false);
    this.tooltip.refresh();
    clearTimeout(this.#spoken);
    this.#spoken = setTimeout(() => this.#speak(), SPOKEN_AFTER);
  }

  destroy() {
    clearTimeout(this.#spoken);
    this.zoom.stop();
  }

  /** What moves with the plan. */
  #paint() {
    const { plan, settings } = this.model;
    const share = LENSES[this.lens].share(this.model);
    this.blocks.forEach((block, at) => {
      const shade = Math.round(Math.min(1, Math.max(0, share(at))) * (SHADES - 1)) || 0;
      block.fill(plan.kept[at], this.#shades[shade], isHeld(block.layer, settings));
    });
  }

  /** Everything to its place, at the present zoom. */
  #lay() {
    const zoom = this.zoom.value;
    mark(this.svg, "width", this.drawn.width * zoom);
    mark(this.svg, "height", this.drawn.height * zoom);
    const lengths = [0, 1, 2, 3];
    const named = lengths.map(
      (length) => this.blocks.filter(({ place }) => fitting(place, zoom, length, length + 1).length).length,
    );
    const enough = (/** @type {number} */ share) => named.findIndex((count) => count >= share * this.blocks.length);
    const length = [enough(1), enough(NAMED), lengths.length - 1].find((one) => one >= 0) ?? 0;
    for (const block of this.blocks) block.put(zoom, length);
    for (const one of this.others) one.put(zoom);
    this.ways.forEach((way, at) => mark(way, "d", pathOf(this.drawn.lines[at], zoom)));
    if (this.model) this.#paint();
  }

  /** The shades of the lens's colour, and the legend that says what they mean. */
  #shade() {
    const { colours } = this.context;
    const { colour, title, ends } = LENSES[this.lens];
    const shade = (/** @type {number} */ share) =>
      `color-mix(in srgb, ${colours[colour]} ${Math.round(100 * (PALEST + (1 - PALEST) * share))}%, var(--ranp-back))`;
    this.#shades = Array.from({ length: SHADES }, (_, at) => shade(at / (SHADES - 1)));
    showLegend(this.legend, [
      { title: "kept", mark: "bar", colour: colours[colour] },
      { title: "removed", mark: "box", colour: colours.removed },
      { title: "held or protected", mark: "hatch", colour: colours.held, second: colours[colour] },
      { title: "emptied", mark: "cross", colour: colours.warning },
    ]);
    const [least, most] = this.model ? ends(this.model) : ["", ""];
    this.ramp.bar.style.background = `linear-gradient(to right, ${shade(0)}, ${shade(1)})`;
    write(this.ramp.from, `${title}: ${least}`);
    write(this.ramp.to, most);
  }

  /** The lenses that there are numbers for. */
  #offer() {
    const found = Object.entries(LENSES).filter(([, { needs }]) => !needs || needs(this.model));
    if (!found.some(([name]) => name === this.lens)) this.lens = "kept";
    this.colour.replaceChildren(...found.map(([name, { title }]) => element("option", { value: name }, title)));
    this.colour.value = this.lens;
    this.#shade();
  }

  /** @param {string} lens */
  #look(lens) {
    this.lens = lens;
    this.#shade();
    this.#paint();
  }

  /** What a reader hears who does not see it. */
  #speak() {
    const { plan, network, settings } = this.model;
    write(this.told, inWords(this.model));
    this.blocks.forEach(({ node, layer }, at) => {
      mark(node, "aria-label", `${layer.name}, ${plan.kept[at]} of ${network.neurons[at]} neurons kept`);
      mark(node, "aria-pressed", String(layer.name === settings.layer));
    });
  }

  /**
   * @param {string | null} name of the layer that is open now
   * @param {boolean} first whether the drawing has just come
   */
  #follow(name, first) {
    this.#chosen = name;
    for (const block of this.blocks) {
      for (const node of [block.node, block.name]) node.classList.toggle("ranp-open", block.layer.name === name);
    }
    const at = this.context.network.index.get(name) ?? -1;
    if (at < 0) return;
    this.#tab(at);
    if (!first) requestAnimationFrame(() => this.#reveal(at));
  }

  /**
   * Scroll to a layer that was chosen elsewhere.
   * @param {number} layer
   */
  #reveal(layer) {
    const { frame } = this;
    const [box, room] = [this.blocks[layer].node.getBoundingClientRect(), frame.getBoundingClientRect()];
    if (box.left < room.left || box.right > room.right) {
      frame.scrollLeft += (box.left + box.right - room.left - room.right) / 2;
    }
    if (box.top < room.top || box.bottom > room.bottom) {
      frame.scrollTop += (box.top + box.bottom - room.top - room.bottom) / 2;
    }
    const outside = room.bottom < 0 || room.top > globalThis.innerHeight;
    if (outside && !matchMedia(SHEET_BELOW).matches) this.node.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} layer that Tab reaches */
  #tab(layer) {
    if (!this.blocks.length) return;
    mark(this.blocks[this.#current].node, "tabindex", -1);
    this.#current = layer;
    mark(this.blocks[layer].node, "tabindex", 0);
  }

  /** @param {number} layer */
  #open(layer) {
    this.#tab(layer);
    this.choose(layer);
  }

  /** @param {number[] | null} found */
  #show(found) {
    this.svg.classList.toggle("ranp-searching", found !== null);
    this.blocks.forEach(({ node }, at) => node.classList.toggle("ranp-found", found?.includes(at) ?? false));
    if (found?.length) this.#reveal(found[0]);
  }

  #listen() {
    this.blocks.forEach(({ node }, at) => {
      node.addEventListener("click", () => this.#open(at));
      node.addEventListener("pointerenter", () => this.#light(at));
      node.addEventListener("focus", () => this.#light(at));
      node.addEventListener("blur", () => this.#light(null));
    });
    this.svg.addEventListener("pointerleave", () => this.#light(null));
    this.svg.addEventListener("pointermove", (event) => {
      const on = /** @type {Element} */ (event.target).closest(".ranp-block, .ranp-other");
      if (!on || event.buttons) return this.tooltip.hide();
      this.#pointed = on;
      if (!on.classList.contains("ranp-block")) this.#light(null);
      const box = this.frame.getBoundingClientRect();
      this.tooltip.show(event.clientX - box.left, event.clientY - box.top, 0, 12, box.width);
    });
    this.svg.addEventListener("pointerleave", () => this.tooltip.hide());
    this.svg.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @type {Element | null} */
  #pointed = null;

  /** What the tooltip says of the place under the pointer. */
  #about() {
    const block = this.blocks.find(({ node }) => node === this.#pointed);
    if (!block) {
      const one = this.others.find(({ node }) => node === this.#pointed);
      return one ? { lines: one.lines } : null;
    }
    const [first, ...rest] = aboutLayer(this.model, this.blocks.indexOf(block));
    const { shape, calls } = block.place;
    const often = calls > 1 ? `, called ${calls} times` : "";
    return { lines: [first, ...(shape.length ? [`gives ${shape.join(" × ")} in full${often}`] : []), ...rest] };
  }

  /**
   * Light the layers that are tied to one, and the ways to and from it.
   * @param {number | null} layer
   */
  #light(layer) {
    const { places, lines } = this.drawn;
    const tied = layer === null ? [] : this.blocks[layer].layer.coupled;
    const at = layer === null ? -1 : places.findIndex((place) => place.layer === layer);
    this.svg.classList.toggle("ranp-tying", tied.length > 0);
    this.blocks.forEach(({ node, layer: { name } }, one) => {
      node.classList.toggle("ranp-tied-to", tied.includes(name) || (tied.length > 0 && one === layer));
    });
    this.ways.forEach((way, one) => {
      way.classList.toggle("ranp-lit", at >= 0 && (lines[one][0] === at || lines[one][1] === at));
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.blocks.findIndex(({ node }) => node === document.activeElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = this.#reached(event.key, at);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (next === undefined) return;
    this.#tab(next);
    this.blocks[next].node.focus();
  }

  /**
   * The layer that a key leads to: undefined where it leads nowhere, null where it is another's key.
   * @param {string} key
   * @param {number} layer
   * @returns {number | null | undefined}
   */
  #reached(key, layer) {
    const { places } = this.drawn;
    const from = places.findIndex((place) => place.layer === layer);
    /** @param {number | undefined} at */
    const layerAt = (at) => (at === undefined || at < 0 ? undefined : (places[at].layer ?? undefined));
    /** @type {Record<string, () => number | undefined>} */
    const keys = {
      ArrowRight: () => layerAt(along(this.drawn, from, 1)[0]),
      ArrowLeft: () => layerAt(along(this.drawn, from, -1)[0]),
      ArrowDown: () => layerAt(beside(places, from, 1)),
      ArrowUp: () => layerAt(beside(places, from, -1)),
      Home: () => 0,
      End: () => this.blocks.length - 1,
      Enter: () => void this.choose(layer),
      " ": () => void this.choose(layer),
      Escape: () => void this.#close(),
    };
    return keys[key] ? keys[key]() : null;
  }

  #close() {
    this.context.set({ layer: null, neuron: null });
    this.context.settle();
  }
}

/** Stripes over the layers that are held. */
function hatched() {
  return drawing(
    "pattern",
    { id: HATCH, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    drawing("rect", { class: "ranp-stripe", width: 2, height: 6 }),
  );
}
