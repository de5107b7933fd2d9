/**
 * What the visitor chose, and what belongs together in it (explorer/state.py, settle).
 * `{method, target, sparsity, budget, alpha, lam, coupling, minNeurons, protect, caps, layer, neuron}`; sparsity,
 * budget, alpha and caps are shares of one.
 */

export const BLENDED = ["ranp-f", "ranp-m", "blend"];

/** The names of those that decide how neurons are ranked: all but what is prescribed and what is looked at. */
const RANKING = ["method", "alpha", "lam", "coupling", "minNeurons", "protect", "caps"];

/** The settings after a change; alpha and method say the same thing twice, and the one that was moved decides. */
export function changed(settings, changes) {
  const next = { ...settings, ...changes };
  if (changes.method !== undefined) {
    if (next.method === "ranp-f") next.alpha = 1;
    else if (next.method === "ranp-m") next.alpha = 0;
    else if (next.method === "blend" && (next.alpha === 0 || next.alpha === 1)) next.alpha = 0.5;
  } else if (changes.alpha !== undefined && BLENDED.includes(next.method)) {
    next.method = next.alpha === 1 ? "ranp-f" : next.alpha === 0 ? "ranp-m" : "blend";
  }
  return next;
}

/** The settings with every field there, whatever the server left out. */
export function complete(settings) {
  return { ...settings, protect: [...(settings.protect ?? [])], caps: { ...(settings.caps ?? {}) } };
}

/** Equal keys mean equal rankings. */
export function rankingKey(settings) {
  return JSON.stringify(RANKING.map((name) => settings[name]));
}

/** Equal keys mean equal plans. */
export function planKey(settings) {
  const prescribed = settings.target === "sparsity" ? settings.sparsity : settings.budget;
  return `${settings.target} ${prescribed} ${rankingKey(settings)}`;
}

/** The same with a layer protected or not. */
export function protecting(settings, layer, wanted) {
  const others = settings.protect.filter((name) => name !== layer);
  return { protect: wanted ? [...others, layer] : others };
}

/** The same with at most that share of a layer removed; 1 takes the cap away. */
export function capping(settings, layer, share) {
  const caps = { ...settings.caps };
  if (share >= 1) delete caps[layer];
  else caps[layer] = share;
  return { caps };
}
