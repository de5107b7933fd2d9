/** One neuron's arithmetic: the formula of each step with its numbers put in. */
import { placeOf } from "../engine/weights.js";
import { element } from "../element.js";
import { count, duration } from "../format.js";
import { outer } from "./formulas.js";
import {
  BECOMES, EQUALS, TIMES, bracket, fraction, lower, math, number, operator, row, symbol, upper, words,
} from "./math.js";
import { TINTS } from "./painting.js";
import { say } from "./say.js";
/** @import { Costed, NeuronWeights, Now, Texts, Weighing, Weights } from "../types.d.ts" */

const SHOWN = 2; // of the largest contributions
const s = () => lower(symbol("s", "neuron"), symbol("u", "neuron"));
/** @param {number} value */
const own = (value) => number(value, "neuron");
/** @param {...MathMLElement} formulas */
const line = (...formulas) => element("div", { class: "x-line" }, ...formulas);

/**
 * The weights that contribute most.
 * @param {Now} now
 * @param {Weights} found
 * @param {NeuronWeights} weights of the neuron
 */
export function sensitivityNumbers({ texts, criterion, layer }, found, weights) {
  return weights.largest.slice(0, SHOWN).map(({ place, weight, contribution }, index) => {
    const index_of = placeOf(found, layer, weights.count, place);
    const where = index_of.bias
      ? texts.place_bias
      : index_of.position.length
        ? say(texts.place, { channel: index_of.channel, position: index_of.position.join(", ") })
        : say(texts.place_linear, { channel: index_of.channel });
    const aside = element("span", {}, ...[where].flat());
    return element("div", { class: "x-line" }, contributed(criterion, weight, contribution),
      element("span", { class: "x-aside" }, index === 0 ? `${texts.largest}: ` : "", aside));
  });
}

/** @param {number} value */
const size = (value) => bracket("|", number(value), "|");
/**
 * The gradient is what is left when the weight is divided out.
 * @param {number} weight
 * @param {number} contribution
 */
const gradient = (weight, contribution) => (weight ? contribution / weight : 0);
/**
 * @param {number} weight
 * @param {number} contribution
 */
const sized = (weight, contribution) =>
  [size(weight), TIMES(), number(Math.abs(gradient(weight, contribution))), EQUALS(), number(contribution)];
/**
 * @param {number} weight
 * @param {number} contribution
 */
const signed = (weight, contribution) =>
  [number(weight), TIMES(), bracket("(", number(gradient(weight, contribution)), ")"), EQUALS(), number(contribution)];

/**
 * From a weight to its contribution, `|g| = 0.12 · 0.034 = 0.0041`; of other criteria the contribution alone.
 * @type {Record<string, (weight: number, contribution: number) => MathMLElement[]>}
 */
const CONTRIBUTED = {
  mpmg: sized,
  "mpmg-rounds": sized,
  synflow: sized,
  "synflow-once": sized,
  mnmg: signed,
  taylor: signed,
  grasp: signed,
  l1: (weight, contribution) => [size(weight), EQUALS(), number(contribution)],
  l2: (weight, contribution) => [upper(bracket("(", number(weight), ")"), words("2")), EQUALS(), number(contribution)],
};

/**
 * @param {string} criterion
 * @param {number} weight
 * @param {number} contribution
 */
function contributed(criterion, weight, contribution) {
  return math(...(CONTRIBUTED[criterion]?.(weight, contribution) ?? [number(contribution)]));
}

/**
 * The largest contributions, the others, and the score they make.
 * @param {Now} now
 */
export function importanceNumbers({ texts, start, criterion, reduce, weights, numbers: { importance } }) {
  const place = say(texts.rank_in_layer, { rank: importance.rankInLayer, neurons: importance.neurons });
  if (start !== "sensitivity" || !weights || criterion === "taylor" || texts[`rounds_${criterion}`]) {
    return [line(math(s(), EQUALS(), own(importance.score))), element("p", { class: "x-aside" }, ...place)];
  }
  const terms = weights.largest.map(({ contribution }) => number(contribution));
  const others = weights.count - terms.length;
  const dots = others > 0 ? [operator("+"), words("⋯")] : [];
  /** @param {string} sign */
  const joined = (sign) => terms.flatMap((term, index) => (index ? [operator(sign), term] : [term]));
  const added = row(...joined("+"), ...dots);
  const inside = reduce === "sum" ? added
    : reduce === "mean" ? fraction(added, number(weights.count))
      : row(words("max"), bracket("(", row(...joined(",")), ")"));
  const rest = others > 0 && reduce !== "max" ? say(texts.others, { count: others }) : [];
  return [
    element("div", { class: "x-line" }, math(s(), EQUALS(), outer(criterion, inside), EQUALS(), own(importance.score)),
      element("span", { class: "x-aside" }, ...rest)),
    element("p", { class: "x-aside" }, ...place),
  ];
}

/** @param {Now} now */
export function balanceNumbers({ texts, network, numbers: { balance } }) {
  return [
    list([
      [number(balance.highest, "highest"), say(texts.highest_of, { layer: network.layers[balance.highestLayer].name })],
      [number(balance.mean, "layer"), [texts.mean_of]],
    ]),
    line(math(
      s(), BECOMES(), own(balance.before), TIMES(),
      fraction(number(balance.highest, "highest"), number(balance.mean, "layer")),
    ), math(
      EQUALS(), own(balance.before), TIMES(), number(balance.factor), EQUALS(), own(balance.after),
    )),
  ];
}

/**
 * @param {Texts} texts
 * @param {Weighing} found
 */
export function resourcesNumbers(texts, found) {
  /** @param {string} text @param {number} one @param {number} most @param {Costed} name */
  const of = (text, one, most, name) => {
    const told = name === "seconds" ? duration : count;
    return `${text} (${told(one)} / ${told(most)})`;
  };
  const rows = found.parts.map(({ name, share, value, most }) => {
    /** @type {[MathMLElement, string[]]} */
    const entry = [number(share, TINTS[name]), [of(texts[`${TINTS[name]}_share`], value, most, name)]];
    return entry;
  });
  const R = () => lower(symbol("R", "cost"), symbol("l", "cost"));
  const mixed = found.parts.flatMap(({ name, weight, share }, at) => [
    ...(at ? [operator("+")] : []), number(weight), TIMES(), number(share, TINTS[name]),
  ]);
  const ends = found.parts.length === 1;
  const power = upper(symbol("e"), row(operator("−"), number(found.relative, "cost")));
  const factor = row(words("1"), operator("+"), number(found.lam), TIMES(), number(found.softmax));
  return [
    list(rows),
    line(math(R(), EQUALS(), ...(ends ? [] : [...mixed, EQUALS()]), number(found.relative, "cost"))),
    line(math(words("softmax"), EQUALS(), fraction(power, number(found.total)), EQUALS(),
      fraction(number(found.exponential), number(found.total)), EQUALS(), number(found.softmax))),
    line(math(s(), BECOMES(), own(found.before), TIMES(), bracket("(", factor, ")")), math(EQUALS(),
      own(found.before), TIMES(), number(found.factor), EQUALS(), own(found.after))),
  ];
}

/** @param {Now} now */
export function thresholdNumbers({ texts, numbers: { threshold: found } }) {
  const share = row(words("1"), operator("−"), number(found.sparsity));
  const tau = () => symbol("τ", "threshold");
  const product = row(number(found.neurons), TIMES(), bracket("(", share, ")"));
  const lines = [line(math(symbol("k"), EQUALS(), bracket("⌊", product, "⌋"), EQUALS(), number(found.kept)))];
  if (found.threshold === null) return lines;
  const sign = found.score === found.threshold ? "=" : found.passes ? "≥" : "<";
  const { rank, neurons, kept } = found;
  return [
    ...lines,
    line(math(tau(), EQUALS(), number(found.threshold, "threshold"))),
    line(math(s(), EQUALS(), own(found.score), operator(sign), number(found.threshold, "threshold"))),
    element("p", { class: "x-aside" }, ...say(texts.rank_in_pool, { rank, neurons, kept })),
  ];
}

/** @param {[MathMLElement, (Node | string)[]][]} entries */
function list(entries) {
  return element("dl", { class: "x-list" }, ...entries.flatMap(([value, note]) => [
    element("dt", {}, math(value)), element("dd", {}, ...note),
  ]));
}

