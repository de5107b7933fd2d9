/** The costs before and after: a figure, a bar of what is left, the change, what it was; and where times are from. */
import { element, mark, write } from "../element.js";
import { BYTES_PER_ELEMENT, binary, change, count, duration, percent, whole } from "../format.js";
import { help, inline } from "../controls/help.js";
import { timesKnown } from "../controls/timed.js";
/** @import { Context, Costs as CostsOf, Differences, Model, StepKind } from "../types.d.ts" */

/** @param {number} value */
const bytes = (value) => count(value, "B");

/** @type {[string, string, (value: number) => string, (costs: CostsOf) => number][]} help, title, in words, figure */
const FIGURES = [
  ["macs", "MACs", count, (costs) => costs.macs],
  ["flops", "FLOPs (2 × MACs)", count, (costs) => 2 * costs.macs],
  ["params", "Parameters", count, (costs) => costs.params],
  ["activations", "Activation memory", bytes, (costs) => BYTES_PER_ELEMENT * costs.activations],
];

/** @type {[StepKind, string][]} */
const STEPS = [
  ["training", "Training step"],
  ["inference", "Inference"],
];

export class Costs {
  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {string[]} [only] the figures that are shown, by name; otherwise all
   */
  constructor(root, context, only) {
    const { words } = context;
    this.context = context;
    this.neurons = figure("neurons", "Neurons", words.neurons);
    this.figures = FIGURES.map(([name, title, told, of]) => ({ ...figure(name, title, words[name]), told, of }));
    this.peak = figure("peak", "Training memory", words.peak);
    this.steps = STEPS.map(([kind, title]) => ({ ...figure(kind, title, words[kind]), kind }));
    this.source = element("p", { class: "ranp-source" });
    const all = [this.neurons, ...this.figures, this.peak, ...this.steps];
    const shown = all.filter(({ name }) => only?.includes(name) ?? true);
    root.append(
      element("dl", { class: "ranp-costs", "aria-label": "Costs before and after" }, ...shown.map(({ node }) => node)),
      this.source,
    );
  }

  /**
   * @param {Model} model
   * @param {Differences} changed
   */
  update(model, changed) {
    if (changed.times || changed.network) this.#tell();
    if (!(changed.plan || changed.peak || changed.times || changed.network || changed.settings)) return;
    const { plan, full, network, peak, timed } = model;
    show(this.neurons, network.total, plan.left, count);
    mark(this.neurons.changes, "data-void", !plan.feasible);
    for (const one of this.figures) show(one, one.of(full), plan.feasible ? one.of(plan.costs) : null, one.told);
    show(this.peak, peak.before, plan.feasible ? peak.after : null, binary, plan.feasible && peak.pending);
    if (peak.before !== null) ofBatch(this.peak.note, peak.fit ? model.settings.batch : 1);
    for (const { kind, ...one } of this.steps) {
      show(one, timed ? timed.before[kind].total : null, timed?.after ? timed.after[kind].total : null, duration);
      const known = timesKnown(this.context.times, timed);
      if (known === "soon") write(one.value, "…");
      if (known !== "yes") write(one.note, known === "no" ? "not known" : "");
      if (known === "yes" && timed) ofBatch(one.note, timed.times.batch);
    }
  }

  destroy() {}

  /** Where the seconds come from. */
  #tell() {
    const { source = "", about = "" } = this.context.times ?? {};
    mark(this.source, "hidden", !source);
    this.source.replaceChildren(...inline(source));
    const why = help("where the times come from", about);
    if (why) this.source.append(why);
  }
}

/**
 * Of how many examples a step's figure is.
 * @param {HTMLElement} note
 * @param {number} batch
 */
function ofBatch(note, batch) {
  write(note, `${note.textContent}, batch ${whole(batch)}`);
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string | undefined} words
 */
function figure(name, title, words) {
  const value = element("span", { class: "ranp-figure" });
  const changes = element("span", { class: "ranp-change" });
  const left = element("span", { class: "ranp-left" });
  const note = element("span", { class: "ranp-before" });
  const node = element(
    "div",
    { class: `ranp-cost ranp-cost-${name}` },
    element("dt", {}, title, help(title, words)),
    element("dd", {}, value, changes, element("span", { class: "ranp-track", "aria-hidden": "true" }, left), note),
  );
  return { name, node, value, changes, left, note };
}

/**
 * @param {ReturnType<typeof figure>} parts
 * @param {number | null} before
 * @param {number | null} after null where there is no network, or no estimate
 * @param {(value: number) => string} told
 * @param {boolean} [pending]
 */
function show({ value, changes, left, note }, before, after, told, pending = false) {
  const known = after !== null && !pending;
  const share = known && before ? after / before : null;
  write(value, pending ? "…" : known ? told(after) : "–");
  write(changes, share === null ? "" : change(share - 1));
  mark(changes, "data-more", share !== null && share > 1);
  left.style.width = share === null ? "0" : percent(Math.min(1, share), 2).replace(" ", "");
  write(note, before === null ? "no estimate" : `of ${told(before)}`);
}
