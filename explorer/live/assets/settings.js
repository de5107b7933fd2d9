/**
 * What the visitor chose, and what belongs together in it (explorer/state/state.py, settle).
 * Fields are named as the server names them (ranp/selection/settings.py); sparsity, budget, alpha, caps: shares of one.
 */
/** @import { Budgeted, Changes, Limit, Settings, StepKind } from "./types.d.ts" */

/** The blend and its corners: methods that weigh layers by costs. */
export const BLENDED = ["ranp-f", "ranp-m", "ranp-t", "blend"];

/** @type {(keyof Settings)[]} what is prescribed, and what is looked at */
const APART = ["target", "sparsity", "budget", "also", "also_budget", "card", "batch", "layer", "neuron", "xray"];

/** What decides no ranking: that, and what comes after it. */
const OTHERS = [...APART, "snap"];

/**
 * The settings after a change; alpha and method say the same thing twice, and the one that was moved decides. A second
 * budget is of another resource than the first.
 * @param {Settings} settings
 * @param {Changes} changes
 */
export function changed(settings, changes) {
  const next = { ...settings, ...changes };
  const { alpha, time_share: share = 0 } = next;
  if (changes.method !== undefined) {
    if (next.method === "ranp-f") Object.assign(next, { alpha: 1, time_share: 0 });
    else if (next.method === "ranp-m") Object.assign(next, { alpha: 0, time_share: 0 });
    else if (next.method === "ranp-t") next.time_share = 1;
    else if (next.method === "blend" && share === 1) Object.assign(next, { alpha: 0.5, time_share: 0 });
    else if (next.method === "blend" && share === 0 && (alpha === 0 || alpha === 1)) next.alpha = 0.5;
  } else if ((changes.alpha ?? changes.time_share) !== undefined && BLENDED.includes(next.method)) {
    next.method = corner(alpha, share);
  }
  if (next.target === "sparsity" || next.also === next.target) next.also = "none";
  return next;
}

/**
 * What is prescribed of resources: nothing, one budget or two.
 * @param {Settings} settings
 * @returns {Limit[]}
 */
export function limitsOf({ target, budget, also, also_budget }) {
  if (target === "sparsity") return [];
  /** @type {Limit} */
  const first = { name: "budget", target, share: budget };
  return also === "none" ? [first] : [first, { name: "also_budget", target: also, share: also_budget }];
}

/**
 * Whether the plan hangs on what a training step holds, and so on its batch.
 * @param {Settings} settings
 */
export function limitsPeak(settings) {
  return limitsOf(settings).some(({ target }) => target === "peak");
}

/** @type {Partial<Record<Budgeted, StepKind>>} budgets of time, each with the kind of step that it is of */
export const OF_TIME = { time: "training", inference: "inference" };

/**
 * Whether the plan hangs on the seconds of a step, and so on a time table.
 * @param {Settings} settings
 */
export function limitsTime(settings) {
  return limitsOf(settings).some(({ target }) => OF_TIME[target]);
}

/**
 * The method that the blend is there.
 * @param {number} alpha
 * @param {number} share of time
 */
function corner(alpha, share) {
  if (share === 1) return "ranp-t";
  if (share > 0 || (alpha > 0 && alpha < 1)) return "blend";
  return alpha === 1 ? "ranp-f" : "ranp-m";
}

/**
 * The settings with every field there, whatever the server left out.
 * @param {Settings} settings
 */
export function complete(settings) {
  return { ...settings, protect: [...(settings.protect ?? [])], caps: { ...(settings.caps ?? {}) } };
}

/**
 * Equal keys mean equal rankings.
 * @param {Settings} settings
 */
export function rankingKey(settings) {
  const names = /** @type {(keyof Settings)[]} */ (Object.keys(settings).sort());
  return JSON.stringify(names.filter((name) => !OTHERS.includes(name)).map((name) => [name, settings[name]]));
}

/**
 * Equal keys mean equal plans.
 * @param {Settings} settings
 */
export function planKey(settings) {
  const limits = limitsOf(settings);
  const prescribed = limits.length ? limits.map(({ target, share }) => `${target} ${share}`) : settings.sparsity;
  const { batch, snap = "off" } = settings;
  return `${prescribed} ${limitsPeak(settings) ? batch : ""} ${snap} ${rankingKey(settings)}`;
}

/**
 * The same with a layer protected or not.
 * @param {Settings} settings
 * @param {string} layer
 * @param {boolean} wanted
 */
export function protecting(settings, layer, wanted) {
  const others = settings.protect.filter((name) => name !== layer);
  return { protect: wanted ? [...others, layer] : others };
}

/**
 * The same with at most that share of a layer removed; 1 takes the cap away.
 * @param {Settings} settings
 * @param {string} layer
 * @param {number} share
 */
export function capping(settings, layer, share) {
  const caps = { ...settings.caps };
  if (share >= 1) delete caps[layer];
  else caps[layer] = share;
  return { caps };
}
