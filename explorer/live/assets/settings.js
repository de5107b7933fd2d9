/**
 * What the visitor chose, and what belongs together in it (explorer/state/state.py, settle).
 * Fields are named as the server names them (ranp/selection/settings.py); sparsity, budget, alpha, caps: shares of one.
 */
/** @import { Changes, Limit, Settings } from "./types.d.ts" */

export const BLENDED = ["ranp-f", "ranp-m", "blend"];
/** Methods that weigh layers by a cost, so that lambda says something. */
export const WEIGHED = [...BLENDED, "ranp-t"];

/** @type {(keyof Settings)[]} what is prescribed and what is looked at; all else decides how neurons are ranked */
const OTHERS = ["target", "sparsity", "budget", "also", "also_budget", "card", "batch", "layer", "neuron", "xray"];

/**
 * The settings after a change; alpha and method say the same thing twice, and the one that was moved decides. A second
 * budget is of another resource than the first.
 * @param {Settings} settings
 * @param {Changes} changes
 */
export function changed(settings, changes) {
  const next = { ...settings, ...changes };
  if (changes.method !== undefined) {
    if (next.method === "ranp-f") next.alpha = 1;
    else if (next.method === "ranp-m") next.alpha = 0;
    else if (next.method === "blend" && (next.alpha === 0 || next.alpha === 1)) next.alpha = 0.5;
  } else if (changes.alpha !== undefined && BLENDED.includes(next.method)) {
    next.method = next.alpha === 1 ? "ranp-f" : next.alpha === 0 ? "ranp-m" : "blend";
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
  return `${prescribed} ${limitsPeak(settings) ? settings.batch : ""} ${rankingKey(settings)}`;
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
