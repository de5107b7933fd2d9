/** One layer from near: what it is, what is left of it, what holds it, and what may be done about it. */
import { isHidden, isFixed } from "../controls/field.js";
import { slider } from "../controls/slider.js";
import { element, mark, write } from "../element.js";
import { priceLayer } from "../engine/pricing.js";
import { BYTES_PER_ELEMENT, change, count, duration, percent } from "../format.js";
import { capping, protecting } from "../settings.js";
import { timesKnown } from "../controls/timed.js";
import { Stairs } from "./stairs.js";
import { Strip } from "./strip.js";
/** @import { Changes, Child, Choose, Context, Differences, Layer, Model, Settings } from "../types.d.ts" */

export class Inspector {
  /** @type {Layer} */
  layer;
  /** @type {Settings} */
  settings;
  /** @type {ReturnType<typeof rows>} */
  rows;
  /** @type {number | null} */
  #shown = null;
  /** @type {ReturnType<typeof priceLayer>} of the full network */
  whole;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {Choose} choose
   */
  constructor(root, context, choose) {
    this.context = context;
    this.choose = choose;
    this.title = element("h3", { tabindex: -1 });
    this.facts = element("dl", { class: "ranp-facts" });
    this.strip = new Strip(context, choose);
    this.stairs = new Stairs(context);
    this.protect = element("button", { type: "button", class: "ranp-button" });
    this.protect.addEventListener("click", () =>
      this.#apply(protecting(this.settings, this.layer.name, !this.#protected())),
    );
    this.cap = slider(context, {
      name: "caps",
      step: 0.01,
      say: (value) => (value >= 1 ? "no limit" : percent(value, 0)),
      changes: (value) => capping(this.settings, this.layer.name, value),
    });
    const close = element("button", { type: "button", class: "ranp-drop", "aria-label": "Close the layer" }, "×");
    close.addEventListener("click", () => this.#close());
    this.panel = element(
      "aside",
      { class: "ranp-inspector", "aria-label": "Layer", hidden: true },
      element("div", { class: "ranp-title" }, this.title, close),
      this.facts,
      this.strip.node,
      this.stairs.node,
      element("div", { class: "ranp-actions" }, this.protect, this.cap.node),
    );
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
    root.append(this.panel);
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    const at = this.context.network.index.get(model.settings.layer) ?? -1;
    mark(this.panel, "hidden", at < 0);
    const other = at !== this.#shown;
    this.#shown = at;
    if (at < 0 || !(other || changed.plan || changed.settings || changed.times || changed.theme)) return;
    this.layer = this.context.network.layers[at];
    this.settings = model.settings;
    write(this.title, this.layer.name);
    this.#facts(model, at, other);
    this.#actions(model.settings);
    this.strip.update(model, at);
    this.stairs.update(model, at);
    if (other) this.panel.scrollTop = 0;
  }

  destroy() {}

  /**
   * @param {Model} model
   * @param {number} at
   * @param {boolean} other
   */
  #facts(model, at, other) {
    const { plan, full, settings } = model;
    const { layer } = this;
    if (other) this.rows = rows(this.facts, layer, (name) => this.choose(this.context.network.index.get(name) ?? -1));
    const cap = settings.caps[layer.name];
    const kept = `${plan.kept[at]} of ${layer.neurons} (${percent(plan.kept[at] / layer.neurons, 0)})`;
    write(this.rows.kept, plan.kept[at] ? kept : `${kept}: the layer is empty`);
    const [before, after] = [full.layers[at], plan.costs.layers[at]];
    const changes = before ? ` (${change(after / before - 1)})` : "";
    write(this.rows.macs, `${percent(before / full.macs)} of all, now ${percent(after / full.macs)}${changes}`);
    this.#costs(model, at, other);
    this.#time(model, at);
    const reasons = [
      layer.held,
      this.#protected() && "protected: kept whole",
      cap !== undefined && `capped: at most ${percent(cap, 0)} removed`,
    ].filter(Boolean);
    write(this.rows.held, reasons.join("; ") || "nothing: every neuron can go");
  }

  /**
   * @param {Model} model
   * @param {number} at
   * @param {boolean} other
   */
  #costs({ network, plan }, at, other) {
    if (other) this.whole = priceLayer(network, new Uint8Array(network.unitCount).fill(1), at);
    const [before, after] = [this.whole, priceLayer(network, plan.alive, at)];
    const bytes = (/** @type {number} */ elements) => count(BYTES_PER_ELEMENT * elements, "B");
    write(this.rows.memory, fromTo(before.activations, after.activations, bytes));
    write(this.rows.params, fromTo(before.params, after.params, count));
  }

  /**
   * @param {Model} model
   * @param {number} at
   */
  #time({ timed, plan }, at) {
    if (!timed) return write(this.rows.time, timesKnown(this.context.times, timed) === "soon" ? "…" : "not known");
    const before = timed.before.training.layers[at];
    const after = timed.after?.training.layers[at];
    const now = after === undefined || !plan.kept[at] ? "" : `, now ${duration(after)}`;
    const changes = now && before ? ` (${change(/** @type {number} */ (after) / before - 1)})` : "";
    write(this.rows.time, `${duration(before)} of a training step${now}${changes}`);
  }

  /** @param {Settings} settings */
  #actions(settings) {
    const { controls } = this.context;
    write(this.protect, this.#protected() ? "Unprotect" : "Protect: keep it whole");
    mark(this.protect, "aria-pressed", String(this.#protected()));
    mark(this.protect, "hidden", isHidden(controls, "protect"));
    this.protect.disabled = isFixed(controls, "protect") || !this.layer.prunable;
    this.cap.update(settings.caps[this.layer.name] ?? 1, this.layer.prunable && !this.#protected());
  }

  #protected() {
    return this.settings.protect.includes(this.layer.name);
  }

  /** @param {Changes} changes */
  #apply(changes) {
    this.context.set(changes);
    this.context.settle();
  }

  #close() {
    this.#apply({ layer: null, neuron: null });
    const block = this.panel.parentElement?.querySelector('.ranp-block[tabindex="0"]');
    /** @type {SVGElement | null | undefined} */ (block)?.focus({ preventScroll: true });
  }
}

/**
 * The facts' rows, made anew for each layer; what moves is handed back by name.
 * @param {HTMLElement} list
 * @param {Layer} layer
 * @param {(name: string) => void} choose
 */
function rows(list, layer, choose) {
  /**
   * @param {string} title
   * @param {...Child} content
   */
  const row = (title, ...content) => {
    const value = element("dd", {}, ...content);
    list.append(element("dt", {}, title), value);
    return value;
  };
  list.replaceChildren();
  row("Kind", layer.shape ? `${layer.kind}, ${layer.shape}` : layer.kind);
  const found = {
    kept: row("Neurons kept"),
    macs: row("MACs"),
    memory: row("Memory"),
    params: row("Parameters"),
    time: row("Time"),
    held: row("What holds it"),
  };
  if (layer.coupled.length) {
    const buttons = layer.coupled.map((name) => {
      const button = element("button", { type: "button", class: "ranp-link" }, name);
      button.addEventListener("click", () => choose(name));
      return button;
    });
    const why = layer.ties.map((sentence) => element("span", { class: "ranp-tie" }, sentence));
    row("Tied to", element("span", { class: "ranp-tied" }, ...buttons), ...why);
  }
  return found;
}

/**
 * What something is in the full network, and what is left of it.
 * @param {number} before
 * @param {number} after
 * @param {(value: number) => string} told
 */
function fromTo(before, after, told) {
  if (!before) return "none";
  return after === before ? told(before) : `${told(before)}, now ${told(after)} (${change(after / before - 1)})`;
}
