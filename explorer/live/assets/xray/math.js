/** Formulas as MathML, which browsers set by themselves. Classes give symbols the colours of the marks in the chart. */
import { fill } from "../element.js";
/** @import { Attributes, Child } from "../types.d.ts" */

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** @typedef {Child | number} Term of a formula; a number is set as `number` sets it */

/**
 * @param {string} tag
 * @param {Attributes} attributes
 * @param {...Term} children
 * @returns {MathMLElement}
 */
const node = (tag, attributes, ...children) =>
  fill(document.createElementNS(MATHML, tag), attributes, children.map(leaf));
/** @param {Term} child @returns {Child} */
const leaf = (child) => (typeof child === "number" ? number(child) : child);

/**
 * A formula on a line of its own.
 * @param {...Term} children
 */
export const math = (...children) => node("math", { display: "block", class: "x-math" }, ...children);
/** @param {...Term} children */
export const row = (...children) => node("mrow", {}, ...children);
/**
 * A symbol; `kind` colours it: neuron, layer, highest, cost, memory, threshold.
 * @param {string} text
 * @param {string} [kind]
 */
export const symbol = (text, kind) => node("mi", { class: kind && `x-${kind}`, mathvariant: "italic" }, text);
/**
 * @param {string} text
 * @param {boolean} [stretchy]
 */
export const operator = (text, stretchy = false) => node("mo", { stretchy: String(stretchy) }, text);
export const space = () => node("mspace", { width: "0.3em" });
/**
 * @param {string} text
 * @param {string} [kind]
 */
export const words = (text, kind) => node("mtext", { class: kind && `x-${kind}` }, text);
/**
 * @param {Term} over
 * @param {Term} below
 */
export const fraction = (over, below) => node("mfrac", {}, over, below);
/** @param {Term} inside */
export const root = (inside) => node("msqrt", {}, inside);
/**
 * Without a font for formulas browsers hardly lower an index, so it is lowered a little more.
 * @param {Term} base
 * @param {Term} index
 */
export const lower = (base, index) =>
  node("msub", {}, base, node("mpadded", { voffset: "-0.15em", height: "0" }, index));
/**
 * @param {Term} base
 * @param {Term} exponent
 */
export const upper = (base, exponent) => node("msup", {}, base, exponent);
/**
 * @param {Term} base
 * @param {Term} index
 */
export const under = (base, index) => node("munder", {}, base, index);
/**
 * @param {string} left
 * @param {Term} inside
 * @param {string} right
 */
export const bracket = (left, inside, right) => row(operator(left), inside, operator(right));
/**
 * Brackets as tall as what is inside.
 * @param {string} left
 * @param {Term} inside
 * @param {string} right
 */
export const tall = (left, inside, right) => row(operator(left, true), inside, operator(right, true));
/** @param {Term} base */
export const mean = (base) => node("mover", { accent: "true" }, base, operator("‾", true));

export const EQUALS = () => operator("=");
export const TIMES = () => operator("·");
export const BECOMES = () => operator("←");

/**
 * Four digits; powers of ten where they read better.
 * @param {number} value
 * @param {string} [kind]
 * @returns {MathMLElement}
 */
export function number(value, kind) {
  const mark = kind && `x-${kind}`;
  const { digits, exponent } = figures(value);
  if (exponent === null) return node("mn", { class: mark }, minus(digits));
  const ten = upper(node("mn", {}, "10"), node("mn", {}, minus(String(exponent))));
  return node("mrow", { class: mark }, node("mn", {}, minus(digits)), operator("×"), ten);
}

/** @type {Record<string, string>} */
const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/**
 * A power of ten in a text: 10⁻³.
 * @param {number} exponent
 */
export function power(exponent) {
  return exponent === 0 ? "1" : `10${[...String(exponent)].map((letter) => RAISED[letter]).join("")}`;
}

/**
 * A number within a sentence, as `number` sets it in a formula.
 * @param {number} value
 */
export function plain(value) {
  const { digits, exponent } = figures(value);
  return exponent === null ? minus(digits) : `${minus(digits)} × ${power(exponent)}`;
}

/** @param {number} value */
function figures(value) {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) {
    return { digits: String(Number(value.toPrecision(4))), exponent: null };
  }
  const [digits, exponent] = value.toExponential(3).split("e");
  return { digits: String(Number(digits)), exponent: Number(exponent) };
}

/** @param {string} text */
const minus = (text) => text.replace("-", "−");
