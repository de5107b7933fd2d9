/** Back and forth between the plans of the visit: where one stands, and the keys for it. */
/** @import { History, HistoryStep, Past, Settings } from "../types.d.ts" */

const LOOKED_AT = ["layer", "neuron", "xray"];
const TEXTS = ["text", "number", "search", "email", "url", "password"]; // fields in which these keys undo typing

/**
 * @param {object} live
 * @param {() => History | null} live.history as the server told it last
 * @param {() => Settings} live.shown
 * @param {(step: HistoryStep) => void} live.go
 * @param {() => void} live.moved
 * @returns {Past & {adopt: () => void, stop: () => void}}
 */
export function travelling(live) {
  /** @type {number | null} where the visitor has gone since the server told the history */
  let ahead = null;
  const steps = () => live.history()?.steps ?? [];
  const at = () => ahead ?? live.history()?.at ?? -1;
  const isPending = () => !isStep(live.shown(), steps()[at()]?.settings);
  /** @param {number} place */
  const go = (place) => {
    const step = steps()[place];
    if (!step || (place === at() && !isPending())) return;
    ahead = place;
    live.go(step);
    live.moved();
  };
  /** @type {Past} */
  const past = {
    get steps() {
      return steps();
    },
    get at() {
      return at();
    },
    get pending() {
      return isPending();
    },
    get canUndo() {
      return at() > 0 || (isPending() && at() === 0);
    },
    get canRedo() {
      return !isPending() && at() < steps().length - 1;
    },
    undo: () => go(isPending() ? at() : at() - 1),
    redo: () => past.canRedo && go(at() + 1),
    go,
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const way = wayOf(event);
    if (way === null || event.defaultPrevented || isTyping(event.target)) return;
    event.preventDefault();
    past[way]();
  };
  document.addEventListener("keydown", key);
  return Object.defineProperties(/** @type {any} */ (past), {
    adopt: { value: () => (ahead = null) },
    stop: { value: () => document.removeEventListener("keydown", key) },
  });
}

/**
 * Whether the settings are those of the step, whatever is looked at.
 * @param {Settings} settings
 * @param {Settings | null | undefined} step null where they are not told
 */
function isStep(settings, step) {
  if (!step) return true;
  const names = /** @type {(keyof Settings)[]} */ (Object.keys(step)).filter((name) => !LOOKED_AT.includes(name));
  return names.every((name) => written(settings[name]) === written(step[name]));
}

/** @param {any} value a number, a text, a list or numbers by name */
function written(value) {
  const isTable = value !== null && typeof value === "object" && !Array.isArray(value);
  return JSON.stringify(isTable ? Object.entries(value).sort() : value);
}

/**
 * Ctrl+Z back, Ctrl+Shift+Z or Ctrl+Y forth; on a Mac with its own key.
 * @param {KeyboardEvent} event
 * @returns {"undo" | "redo" | null}
 */
function wayOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (!(ctrlKey || metaKey) || altKey) return null;
  const pressed = key.toLowerCase();
  if (pressed === "z") return shiftKey ? "redo" : "undo";
  return pressed === "y" && !shiftKey ? "redo" : null;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return TEXTS.includes(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}
