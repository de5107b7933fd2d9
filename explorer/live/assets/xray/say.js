/** Sentences of the server with values put in; a value is text, never a mark of Markdown. */
import { inline } from "../controls/help.js";
import { element } from "../element.js";
/** @typedef {Record<string, string | number>} Values by name */

/** @param {string} text with `{names}` @param {Values} [values] @returns {(Node | string)[]} */
export function say(text, values = {}) {
  return text.split(/(\{\w+\})/).flatMap((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return inline(part);
    return [element("b", { class: `x-value x-value-${name}` }, String(values[name] ?? ""))];
  });
}

/**
 * The same as a text.
 * @param {string} text
 * @param {Values} [values]
 */
export function told(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}
