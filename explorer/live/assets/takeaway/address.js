/** Settings in the address of one file. Whoever wrote the address, they are taken as far as they make sense. */
import { methodsOf } from "../engine/network.js";
import { STEPS } from "../engine/steps.js";
import { changed } from "../settings.js";
/** @import { Controls, Network, Settings } from "../types.d.ts" */

const START = "#settings=";
const WHOLE = ["batch", "min_neurons"];

/** @param {Settings} settings */
export function written(settings) {
  return START + encodeURIComponent(JSON.stringify(settings));
}

/**
 * The settings that an address asks for, each that makes no sense as it is in `start`; null where it asks for none.
 * @param {string} hash
 * @param {Settings} start
 * @param {Controls} controls
 * @param {Network} network
 * @returns {{settings: Settings, whole: boolean} | null} `whole` says whether all of them make sense
 */
export function asked(hash, start, controls, network) {
  if (!hash.startsWith(START)) return null;
  const found = parsed(hash.slice(START.length));
  const given = Object.keys(start).filter((name) => Object.hasOwn(found, name));
  const right = given.filter((name) => makesSense(name, found[name], controls, network));
  const next = { ...start, ...Object.fromEntries(right.map((name) => [name, found[name]])) };
  const neurons = network.neurons[network.index.get(next.layer) ?? -1] ?? 0;
  if (next.neuron !== null && next.neuron >= neurons) next.neuron = null;
  const whole = right.length > 0 && right.length === Object.keys(found).length;
  return { settings: changed(next, { method: next.method }), whole };
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>} nothing where it is no object in JSON
 */
function parsed(text) {
  try {
    const found = JSON.parse(decodeURIComponent(text));
    return found !== null && typeof found === "object" && !Array.isArray(found) ? found : {};
  } catch {
    return {};
  }
}

/**
 * @param {string} name
 * @param {any} value
 * @param {Controls} controls
 * @param {Network} network
 */
function makesSense(name, value, controls, network) {
  const { offered = null, titles = [] } = controls[name] ?? {};
  const prunable = (/** @type {unknown} */ layer) => network.layers.some((one) => one.prunable && one.name === layer);
  if (name === "layer") return value === null || (typeof value === "string" && network.index.has(value));
  if (name === "neuron") return value === null || (Number.isInteger(value) && value >= 0);
  if (name === "xray") return Number.isInteger(value) && value >= 1 && value <= STEPS.length;
  if (name === "method") return methodsOf(network).includes(value);
  if (name === "protect") return Array.isArray(value) && value.every(prunable);
  const capped = (/** @type {[string, unknown]} */ [one, share]) => prunable(one) && isShare(share);
  if (name === "caps") return isTable(value) && Object.entries(value).every(capped);
  if (titles.length) return titles.some(([one]) => one === value);
  if (!offered || !Number.isFinite(value) || value < offered[0] || value > offered[1]) return false;
  return Number.isInteger(value) || !WHOLE.includes(name);
}

/** @param {unknown} value */
function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** @param {unknown} value */
function isShare(value) {
  return typeof value === "number" && value >= 0 && value <= 1;
}
