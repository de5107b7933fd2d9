/** Three costs and one handle: how much of what makes a layer expensive is MACs, memory and time. */
import { drawing, element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { BLENDED } from "../settings.js";
import { field } from "./field.js";
/** @import { Changes, Context, Model, Settings } from "../types.d.ts" */

const WIDTH = 200;
const HEIGHT = 132;
/** @type {Record<"time" | "macs" | "memory", [number, number]>} the corners; the base is alpha's slider */
const CORNERS = { time: [100, 20], memory: [40, 112], macs: [160, 112] };
const STEP = 0.05; // of a key
const EDGE = 0.03; // so near to an edge, a pointer means it
const HUNDREDTHS = 100;

/** @param {Context} context */
export function triangle(context) {
  /** @type {Settings} of the last update */
  let settings;
  const { time, memory, macs } = CORNERS;
  const shape = drawing("path", { class: "ranp-sides", d: `M${time} L${macs} L${memory} Z` });
  const handle = drawing("circle", { class: "ranp-handle", r: 8, tabindex: 0, role: "slider" });
  for (const [name, value] of Object.entries({ valuemin: 0, valuemax: 1, label: "Costs: MACs, memory and time" })) {
    mark(handle, `aria-${name}`, value);
  }
  const names = [
    named("time", 100, 10, "middle"),
    named("memory", 40, 128, "middle"),
    named("MACs", 160, 128, "middle"),
  ];
  const plane = drawing("svg", { class: "ranp-triangle", viewBox: `0 0 ${WIDTH} ${HEIGHT}` }, shape, ...names, handle);
  const said = element("p", { class: "ranp-drawn-said" });
  const { node, fixed } = field(context, { name: "time_share" }, plane, said);
  const isOff = () => fixed || !BLENDED.includes(settings.method);
  /** @param {Changes} changes */
  const move = (changes) => {
    settings = { ...settings, ...changes }; // for a key that comes before the next drawing
    context.set(changes);
  };
  plane.addEventListener("pointerdown", (event) => {
    if (isOff()) return;
    plane.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
    move(at(plane, event, settings));
  });
  plane.addEventListener("pointermove", (event) => {
    if (plane.hasPointerCapture(event.pointerId)) move(at(plane, event, settings));
  });
  plane.addEventListener("pointerup", () => context.settle());
  handle.addEventListener("keydown", (event) => {
    const changes = isOff() ? null : keyed(event.key, settings);
    if (!changes) return;
    event.preventDefault();
    move(changes);
    context.settle();
  });
  return {
    node,
    /** @param {Model} model */
    update(model) {
      settings = model.settings;
      mark(node, "hidden", (context.controls.time_share?.hidden ?? false) || !model.timed);
      const { alpha, time_share: share = 0 } = settings;
      const base = CORNERS.memory.map((from, axis) => from + alpha * (CORNERS.macs[axis] - from));
      const [x, y] = base.map((from, axis) => from + share * (CORNERS.time[axis] - from));
      mark(handle, "cx", x);
      mark(handle, "cy", y);
      mark(handle, "aria-valuenow", share);
      mark(handle, "aria-disabled", String(isOff()));
      const words = inWords(alpha, share);
      mark(handle, "aria-valuetext", words);
      mark(node, "data-off", isOff());
      write(said, isOff() ? "This method weighs layers by no costs." : words);
    },
  };
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 */
function named(text, x, y, anchor) {
  return drawing("text", { x, y, "text-anchor": anchor }, text);
}

/**
 * @param {number} alpha
 * @param {number} share
 */
function inWords(alpha, share) {
  const [macs, memory] = [(1 - share) * alpha, (1 - share) * (1 - alpha)].map((one) => percent(one, 0));
  return `MACs ${macs}, memory ${memory}, time ${percent(share, 0)}`;
}

/**
 * What a pointer means, wherever it is.
 * @param {SVGSVGElement} plane
 * @param {PointerEvent} event
 * @param {Settings} settings
 * @returns {Changes}
 */
function at(plane, event, settings) {
  const box = plane.getBoundingClientRect();
  const scale = Math.max(WIDTH / box.width, HEIGHT / box.height); // the drawing is centred in its box
  const x = WIDTH / 2 + (event.clientX - box.left - box.width / 2) * scale;
  const y = HEIGHT / 2 + (event.clientY - box.top - box.height / 2) * scale;
  const { time, memory, macs } = CORNERS;
  const share = rounded((memory[1] - y) / (memory[1] - time[1]));
  if (share === 1) return { alpha: settings.alpha, time_share: 1 };
  const [left, right] = [memory, macs].map((corner) => corner[0] + share * (time[0] - corner[0]));
  return { alpha: rounded((x - left) / (right - left)), time_share: share };
}

/**
 * Within 0 and 1, in hundredths; near an end, the end.
 * @param {number} share
 */
function rounded(share) {
  if (share < EDGE) return 0;
  return share > 1 - EDGE ? 1 : Math.round(HUNDREDTHS * share) / HUNDREDTHS;
}

/**
 * What a key means; nothing for others.
 * @param {string} key
 * @param {Settings} settings
 * @returns {Changes | null}
 */
function keyed(key, { alpha, time_share: share = 0 }) {
  /** @param {number} value */
  const kept = (value) => Math.round(HUNDREDTHS * Math.min(1, Math.max(0, value))) / HUNDREDTHS;
  /** @type {Record<string, Changes>} */
  const keys = {
    ArrowUp: { alpha, time_share: kept(share + STEP) },
    ArrowDown: { alpha, time_share: kept(share - STEP) },
    ArrowRight: { alpha: kept(alpha + STEP), time_share: share },
    ArrowLeft: { alpha: kept(alpha - STEP), time_share: share },
    PageUp: { alpha, time_share: 1 },
    Home: { alpha: 0, time_share: 0 },
    End: { alpha: 1, time_share: 0 },
  };
  return keys[key] ?? null;
}
