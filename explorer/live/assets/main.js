/**
 * The live component: it owns the controls and the charts and works everything out in the browser.
 *
 * `mount(root, data, send)` with `data` from the server: `{base, packet, view, revision, settings, controls, words,
 * peak, times, extra}`. The settings are the server's only where its revision is new; otherwise the browser is ahead of
 * it.
 * After every redraw `root` gets the event `ranp:drawn` with `{ms: since the first input, model}`.
 */
import { FastCurve } from "./charts/fast_curve.js";
import { Bar } from "./controls/bar.js";
import { element } from "./element.js";
import { loadMoments, loadNetwork, loadPlotly, loadStyles, loadTimes } from "./loading.js";
import { MethodCurves } from "./methods.js";
import { Evaluator } from "./model.js";
import { Outbox } from "./outbox.js";
import { changed, complete } from "./settings.js";
import { fromHere } from "./controls/starting.js";
import { travelling } from "./controls/past.js";
import { watchTheme } from "./theme.js";
/** @import { Changes, Context, Data, Differences, Evaluated, Model, Network } from "./types.d.ts" */
/** @import { HistoryStep, Part, Peak, Plotly, Times } from "./types.d.ts" */

/** In the order in which they overrule one another. */
const STYLES = [
  "live.css",
  "controls.css",
  "help.css",
  "charts.css",
  "parts.css",
  "drawing.css",
  "saving/saving.css",
  "narrow.css",
  "controls/legible.css",
  "views/lesson.css",
];

/** A view's module exports `create(root, context) -> {update(model, changed), destroy()}`; `bare`: without the bar. */
const VIEWS = {
  explore: () => import("./views/explore.js"),
  lesson: () => import("./views/lesson.js"),
  xray: () => import("./views/xray.js"),
  plan: () => import("./views/plan.js"),
  equal: () => import("./views/equal.js"),
};

/** Views whose charts take other scores of a network as they stand. */
const EXCHANGED = ["explore", "lesson"];

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {(name: string, value: object) => void} send
 * @returns {{update: (data: Data) => void, destroy: () => void}}
 */
export function mount(root, data, send) {
  const live = new Live(root, data, send);
  return { update: (next) => live.update(next), destroy: () => live.destroy() };
}

class Live {
  /** @type {Plotly} */
  Plotly;
  /** @type {Network} */
  network;
  /** @type {{create: (root: HTMLElement, context: Context) => Part, bare?: boolean}} */
  module;
  /** @type {Evaluator} */
  evaluator;
  /** @type {Times | null} */
  times = null;
  /** @type {string | null} the packet of times that could not be had */
  #missing = null;
  /** @type {MethodCurves | undefined} */
  curves;
  /** @type {FastCurve | undefined} */
  fast;
  /** @type {Bar | undefined} none where the view does without */
  bar;
  /** @type {Part | undefined} */
  view;
  /** @type {number | null} the animation frame that will draw */
  #frame = null;
  /** @type {number | null} when the first input since the last drawing came */
  #since = null;
  /** @type {string | null} the view that stands, by network and name */
  #shown = null;
  /** @type {Model | null} the model last drawn */
  #last = null;
  #gone = false;
  /** @type {Differences} what else changed, for the next drawing */
  #more = {};

  /**
   * @param {HTMLElement} root
   * @param {Data} data
   * @param {(name: string, value: object) => void} send
   */
  constructor(root, data, send) {
    this.data = data;
    this.send = send;
    this.settings = complete(data.settings);
    this.outbox = new Outbox((settings, stamp) =>
      send("settings", { ...settings, revision: this.data.revision, stamp }),
    );
    this.outbox.adopt(data.peak?.stamp);
    this.past = travelling({
      history: () => this.data.history ?? null,
      shown: () => this.settings,
      go: (step) => this.#travel(step),
      moved: () => this.#redraw({ history: true }),
    });
    this.message = element("p", { class: "ranp-message", role: "status" }, "Loading the charts …");
    this.stage = element("div", { class: "ranp-stage" }, this.message);
    this.root = element("div", { class: "ranp-live" }, this.stage);
    root.append(this.root);
    this.outbox.watch(this.root);
    this.theme = watchTheme(this.root, () => this.#redraw({ theme: true }));
    this.#load();
  }

  /** @param {Data} data */
  update(data) {
    const before = this.data;
    this.data = data;
    if (data.revision !== before.revision) {
      this.settings = complete(data.settings);
      this.outbox.adopt(data.peak?.stamp);
    }
    this.past.adopt();
    this.theme.look();
    if (data.packet !== before.packet || data.view !== before.view) this.#load();
    else if (JSON.stringify(data.controls) !== JSON.stringify(before.controls)) this.#build();
    this.#measure();
    this.#clock();
    this.#redraw({ peak: true, times: true, history: true });
  }

  destroy() {
    this.#gone = true;
    this.outbox.flush();
    this.outbox.stop();
    this.past.stop();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.curves?.stop();
    this.fast?.stop();
    this.view?.destroy?.();
    this.theme.stop();
    this.root.remove();
  }

  /**
   * The visitor changes something: draw it, and tell the server when they pause.
   * @param {Changes} changes
   */
  set(changes) {
    this.settings = changed(this.settings, this.#from(changes));
    this.#since ??= performance.now();
    this.outbox.put(this.settings);
    this.#redraw({});
  }

  /**
   * To another step of the history: what the visitor moved last is one, too, so the server hears of that first.
   * @param {HistoryStep} step
   */
  #travel({ number, settings }) {
    this.outbox.flush();
    if (settings) {
      const { layer, neuron, xray } = this.settings;
      this.settings = { ...complete(settings), layer, neuron, xray };
      this.#since ??= performance.now();
    }
    this.send("travel", { to: number, token: performance.timeOrigin + performance.now() });
    this.#redraw({ history: true });
  }

  /**
   * What is newly prescribed starts from the plan that is shown.
   * @param {Changes} changes
   */
  #from(changes) {
    const shown = this.#last && this.#shown === this.#wanted && this.evaluator.canPrice(this.settings);
    return shown ? fromHere(this.evaluator, this.evaluator.evaluate(this.settings), changes) : changes;
  }

  get #wanted() {
    return `${this.data.packet} ${this.data.view}`;
  }

  async #load() {
    const { base, packet, view } = this.data;
    const wanted = this.#wanted;
    this.root.dataset.view = view;
    this.root.classList.toggle("ranp-waiting", this.#shown !== null && this.#shown !== wanted);
    try {
      const [Plotly, network, module, times] = await Promise.all([
        loadPlotly(base),
        loadNetwork(base, packet),
        VIEWS[view](),
        this.#times(),
        ...STYLES.map((file) => loadStyles(file)),
      ]);
      if (this.#gone || wanted !== this.#wanted) return;
      if (this.#standsFor(network, view)) return this.#exchange(network, wanted);
      this.Plotly = Plotly;
      this.network = network;
      this.times = times;
      this.module = module;
      this.#shown = wanted;
      this.#build();
    } catch (error) {
      if (this.#gone || wanted !== this.#wanted) return;
      this.message.textContent = error instanceof Error ? error.message : String(error);
      this.stage.replaceChildren(this.message);
    }
  }

  /**
   * Whether the charts that stand can show this network: the same layers, with other scores.
   * @param {Network} network
   * @param {string} view
   */
  #standsFor(network, view) {
    if (!EXCHANGED.includes(view) || !this.view || this.#shown?.split(" ")[1] !== view) return false;
    const listed = (/** @type {Network} */ one) => JSON.stringify(one.layers);
    return listed(this.network) === listed(network) && network.unitCount === this.network.unitCount;
  }

  /**
   * Show other scores of the same network: controls and charts stay, and whoever drags goes on.
   * @param {Network} network
   * @param {string} wanted
   */
  #exchange(network, wanted) {
    this.network = network;
    this.#shown = wanted;
    this.#evaluate();
    this.#redraw({ network: true });
  }

  /** What works everything out for the network that is there now. */
  #evaluate() {
    this.curves?.stop();
    this.fast?.stop();
    this.evaluator = new Evaluator(this.network);
    this.evaluator.time(this.times); // at once: a method may rank by seconds
    this.curves = new MethodCurves(this.evaluator, () => this.#redraw({ curves: true }));
    this.fast = new FastCurve(this.evaluator, () => this.#redraw({ curves: true }));
    this.#measure();
    this.#clock();
    this.#last = null;
  }

  /** Give the evaluator the moments of the network that it stands for, once the server has them. */
  async #measure() {
    const { base, peak } = this.data;
    const { evaluator } = this;
    if (!peak?.moments || !evaluator || this.#shown !== this.#wanted) return;
    const moments = await loadMoments(base, peak.moments).catch(() => null);
    if (!moments || this.#gone || evaluator !== this.evaluator) return;
    evaluator.know(moments);
    this.#redraw({ peak: true });
  }

  /** Give the evaluator the seconds by the table in use, or take them away. */
  async #clock() {
    const { times } = this.data;
    const { evaluator } = this;
    if (!evaluator || this.#shown !== this.#wanted) return;
    const found = await this.#times();
    if (this.#gone || evaluator !== this.evaluator || times?.packet !== this.data.times?.packet) return;
    this.times = found;
    if (evaluator.time(found)) this.#redraw({ times: true });
  }

  /** @returns {Promise<Times | null>} the seconds by the table in use; null where there is none */
  #times() {
    const { base, times } = this.data;
    const packet = times?.packet;
    if (!packet) return Promise.resolve(null);
    return loadTimes(base, packet).catch(() => {
      this.#missing = packet;
      return null;
    });
  }

  /** Controls and charts for the network that is there now. */
  #build() {
    if (!this.network) return;
    const { network, Plotly, theme } = this;
    const live = this;
    /** @type {Context} */
    const context = {
      Plotly,
      network,
      base: this.data.base,
      subject: this.data.subject ?? "network",
      get extra() {
        return live.data.extra ?? {};
      },
      get times() {
        const { times } = live.data;
        if (!times?.packet || times.packet !== live.#missing) return times ?? null;
        return { ...times, packet: null, why: "they could not be loaded" };
      },
      get colours() {
        return theme.colours();
      },
      get font() {
        return theme.font();
      },
      words: this.data.words ?? {},
      controls: this.data.controls,
      set: (changes) => this.set(changes),
      settle: () => this.outbox.flush(),
      past: this.past,
    };
    const focused = this.root.contains(document.activeElement) ? document.activeElement?.id : null;
    this.view?.destroy?.();
    this.#evaluate();
    const place = element("div", { class: "ranp-view" });
    this.bar = this.module.bare ? undefined : new Bar(context);
    this.stage.replaceChildren(...(this.bar ? [this.bar.node] : []), place);
    this.view = this.module.create(place, context);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.#draw();
  }

  /** @param {Differences} more */
  #redraw(more) {
    Object.assign(this.#more, more);
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (!this.view || !this.curves || !this.fast || this.#gone) return;
    if (this.#shown !== this.#wanted) return; // the settings may be another network's
    const ready = this.evaluator.canPrice(this.settings);
    this.root.classList.toggle("ranp-waiting", !ready);
    if (!ready) return; // the server is reading the moments
    performance.mark("ranp:draw");
    const evaluated = this.evaluator.evaluate(this.settings);
    const more = { others: this.curves.of(evaluated), fast: this.fast.of(evaluated), peak: this.#peak(evaluated) };
    const model = Object.assign(evaluated, more);
    const last = this.#last;
    const differences = {
      network: last === null,
      ranking: last?.ranking !== model.ranking,
      plan: last?.plan !== model.plan,
      settings: last?.settings !== model.settings,
      peak: JSON.stringify(last?.peak) !== JSON.stringify(model.peak),
      ...this.#more,
    };
    this.#more = {};
    this.#last = model;
    this.bar?.update(model, differences);
    this.view.update(model, differences);
    this.#time(model);
  }

  /**
   * What the moments say, or else what the server estimated.
   * @param {Evaluated} model
   * @returns {Peak}
   */
  #peak({ training }) {
    if (training) {
      const { before, after, fit } = training;
      return { before, after, fit, pending: false, failed: null };
    }
    const { peak } = this.data;
    const known = peak && this.outbox.settled && (peak.stamp ?? 0) === this.outbox.stamp && !peak.pending;
    return {
      before: peak?.before ?? this.network.peakTrainingBytes,
      after: known ? (peak.after ?? null) : null,
      pending: !known,
      fit: null,
      failed: peak?.failed ?? null,
    };
  }

  /** @param {Model} model */
  #time(model) {
    performance.clearMeasures("ranp:draw");
    performance.measure("ranp:draw", "ranp:draw");
    performance.clearMarks("ranp:draw");
    const ms = this.#since === null ? 0 : performance.now() - this.#since;
    this.#since = null;
    this.root.parentElement?.dispatchEvent(new CustomEvent("ranp:drawn", { bubbles: true, detail: { ms, model } }));
  }
}
