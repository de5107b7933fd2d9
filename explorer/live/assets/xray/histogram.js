/** How many of a neuron's weights contribute how much: bars of equal ratio, on the same axis for every neuron. */
import { drawing, element } from "../element.js";
import { whole } from "../format.js";
import { power } from "./math.js";
import { say, told } from "./say.js";
/** @import { NeuronWeights, Texts, Weights } from "../types.d.ts" */

const [WIDTH, HEIGHT, BELOW, SIDE] = [440, 84, 22, 14];

/**
 * @param {Texts} texts
 * @param {Weights} found decoded packet
 * @param {NeuronWeights} weights of the neuron
 */
export function histogram(texts, found, weights) {
  const title = told(texts.histogram, { count: whole(weights.count) });
  const totals = Array.from(weights.positive, (count, bin) => count + (weights.negative?.[bin] ?? 0));
  const most = Math.max(1, ...totals);
  const wide = (WIDTH - 2 * SIDE) / found.bins;
  /** @param {number} from @param {number} count @param {number} bin @param {string} kind */
  const bar = (from, count, bin, kind) => count > 0 && drawing("rect", {
    class: kind, x: SIDE + bin * wide + 0.5, width: wide - 1,
    y: HEIGHT - (HEIGHT * (from + count)) / most, height: (HEIGHT * count) / most,
  });
  const bars = totals.flatMap((_, bin) => [
    bar(0, weights.positive[bin], bin, "x-bar"),
    weights.negative && bar(weights.positive[bin], weights.negative[bin], bin, "x-bar-negative"),
  ]);
  const ticks = Array.from({ length: found.decades / 2 + 1 }, (_, index) => 2 * index);
  const axis = ticks.map((decade) => drawing("text", {
    x: SIDE + decade * found.binsPerDecade * wide, y: HEIGHT + 16, "text-anchor": "middle",
  }, power(found.top - found.decades + decade)));
  const largest = told(texts.histogram_largest, { most: whole(most) });
  const base = drawing("path", { class: "x-base", d: `M${SIDE} ${HEIGHT} H${WIDTH - SIDE}` });
  const picture = drawing("svg", {
    class: "x-histogram", viewBox: `0 0 ${WIDTH} ${HEIGHT + BELOW}`, role: "img",
    "aria-label": `${title}. ${largest}.`,
  }, ...bars, base, ...axis);
  return element("figure", { class: "x-figure" },
    element("figcaption", {}, element("strong", {}, title), element("span", { class: "x-aside" }, largest)),
    picture,
    element("p", { class: "x-aside" }, ...notes(texts, weights)));
}

/**
 * @param {Texts} texts
 * @param {NeuronWeights} weights
 */
function notes(texts, weights) {
  /** @type {(Node | string)[]} */
  const nodes = [`${texts.histogram_axis}; ${texts.histogram_smaller}. `];
  if (weights.negative) {
    nodes.push(element("i", { class: "x-key x-key-positive" }), `${texts.positive} `);
    nodes.push(element("i", { class: "x-key x-key-negative" }), `${texts.negative}. `);
  }
  if (weights.zeros) nodes.push(...say(texts.histogram_zero_other, { zeros: whole(weights.zeros) }));
  return nodes;
}
