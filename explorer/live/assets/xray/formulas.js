/** The formula of each step, in symbols. */
import {
  BECOMES, EQUALS, TIMES, bracket, fraction, lower, math, mean, operator, root, row, space, symbol, tall, under, upper,
  words,
} from "./math.js";
/** @import { Method } from "../types.d.ts" */
/** @typedef {MathMLElement} Part of a formula */

const s = (kind = "neuron") => lower(symbol("s", kind), symbol("u", kind));
/**
 * @param {Part} of
 * @param {Part} by
 */
const partial = (of, by) => fraction(row(operator("∂"), of), row(operator("∂"), by));
/** @param {Part} inside */
const size = (inside) => bracket("|", inside, "|");
const w = () => symbol("w");
const a = () => symbol("a");
/**
 * Its square.
 * @param {Part} one
 * @param {Part} other
 */
const difference = (one, other) => upper(bracket("(", row(one, operator("−"), other), ")"), words("2"));
/**
 * @param {string} index
 * @param {string} kind
 */
const layerMean = (index, kind) => lower(mean(symbol("s", kind)), symbol(index, kind));

/** @type {Record<string, () => Part>} what one weight contributes, by criterion (ranp/importance/criteria.py) */
export const CONTRIBUTIONS = {
  mpmg: () => size(symbol("g")),
  mnmg: () => symbol("g"),
  taylor: () => symbol("g"),
  "gradient-norm": () => upper(tall("(", partial(symbol("L"), w()), ")"), words("2")),
  grasp: () => row(w(), TIMES(), lower(bracket("(", row(symbol("H"), operator("∇"), symbol("L")), ")"), w())),
  "mpmg-rounds": () => size(symbol("g")),
  synflow: () => row(size(w()), TIMES(), partial(symbol("R"), size(w()))),
  "synflow-once": () => row(size(w()), TIMES(), partial(symbol("R"), size(w()))),
  l1: () => size(w()),
  l2: () => upper(w(), words("2")),
  fpgm: () => row(
    under(operator("∑"), symbol("v")),
    fraction(difference(w(), lower(w(), symbol("v"))), size(row(symbol("u", "neuron"), operator("−"), symbol("v")))),
  ),
  pgp: () => difference(w(), lower(w(), words("before"))),
  "activation-density": () => row(
    under(words("mean"), words("examples, positions")), bracket("[", row(a(), operator(">"), words("0")), "]"),
  ),
  di: () => fraction(
    lower(symbol("S"), words("between")), row(lower(symbol("S"), words("total")), operator("+"), symbol("ρ")),
  ),
  "taylor-activations": () => row(
    under(operator("∑"), words("examples")),
    tall("|", row(under(operator("∑"), words("positions")), a(), TIMES(), partial(symbol("L"), a())), "|"),
  ),
  "bn-scale": () => size(symbol("γ")),
};

/** Criteria of whole neurons: no single weight has a share (`of_neurons` in ranp/importance/criteria.py). */
export const WHOLE = new Set(["activation-density", "di", "taylor-activations", "bn-scale"]);

/**
 * A criterion that has no formula here is written as a function of the weight.
 * @param {string} criterion
 */
const contribution = (criterion) =>
  CONTRIBUTIONS[criterion]?.() ?? row(words(criterion), bracket("(", w(), ")"));

/** @type {Record<string, (inside: Part) => Part>} what becomes of the contributions once they are put together */
const OUTER = {
  mnmg: size,
  taylor: (inside) => row(under(words("mean"), words("batches")), upper(tall("(", inside, ")"), words("2"))),
  "gradient-norm": root,
  grasp: (inside) => row(inside, operator("−"), words("lowest")),
  "mpmg-rounds": (inside) => row(words("round of leaving, by"), space(), inside),
  synflow: (inside) => row(words("round of leaving, by"), space(), inside),
  "synflow-once": (inside) => fraction(inside, words("highest")),
  l2: root,
  pgp: root,
};

/**
 * @param {string} reduce
 * @param {Part} inside
 */
const put = (reduce, inside) => {
  const over = row(symbol("w"), operator("→"), symbol("u", "neuron"));
  if (reduce === "sum") return row(under(operator("∑"), over), inside);
  return row(under(words(reduce), over), inside);
};

/**
 * The sensitivity of one weight.
 * @param {string} criterion
 */
export function sensitivity(criterion) {
  if (!["mpmg", "mpmg-rounds", "mnmg", "taylor"].includes(criterion)) return math(contribution(criterion));
  const switched = lower(
    row(partial(symbol("L"), symbol("c")), operator("|", true)), row(symbol("c"), EQUALS(), words("1")),
  );
  return math(symbol("g"), EQUALS(), switched, EQUALS(), w(), TIMES(), partial(symbol("L"), w()));
}

/**
 * How a neuron's contributions become its score; `inside` replaces the symbols by numbers.
 * @param {string} start
 * @param {string} criterion
 * @param {string} reduce
 */
export function importance(start, criterion, reduce) {
  if (start === "random") return math(s(), operator("∼"), words("uniform"), bracket("(", words("0, 1"), ")"));
  if (start === "magnitude") return math(s(), EQUALS(), put(reduce, size(w())));
  if (WHOLE.has(criterion)) return math(s(), EQUALS(), contribution(criterion));
  return math(s(), EQUALS(), outer(criterion, put(reduce, contribution(criterion))));
}

/**
 * @param {string} criterion
 * @param {Part} inside
 */
export const outer = (criterion, inside) => (OUTER[criterion] ?? row)(inside);

export function balance() {
  const highest = row(under(words("max", "highest"), symbol("k", "highest")), space(), layerMean("k", "highest"));
  return math(s(), BECOMES(), s(), TIMES(), fraction(highest, layerMean("l", "layer")));
}

/**
 * The factor, and what R is made of: a line each.
 * @param {Method["cost"]} cost
 * @param {number} [timeShare] of the blend
 */
export function resources(cost, timeShare = 0) {
  /** @param {string} index */
  const R = (index) => lower(symbol("R", "cost"), symbol(index, "cost"));
  /** @param {string} index */
  const power = (index) => upper(symbol("e"), row(operator("−"), R(index)));
  const softmax = fraction(power("l"), row(under(operator("∑"), symbol("k")), power("k")));
  const factor = tall("(", row(words("1"), operator("+"), symbol("λ"), TIMES(), softmax), ")");
  /** @param {string} name @param {string} kind */
  const share = (name, kind) => fraction(words(`${name} of l`, kind), words(`most ${name}`, kind));
  const macs = () => share("MACs", "macs");
  const memory = () => share("memory", "memory");
  const time = () => share("seconds", "time");
  /** @param {string} name */
  const rest = (name) => bracket("(", row(words("1"), operator("−"), symbol(name)), ")");
  const two = () => row(symbol("α"), TIMES(), macs(), operator("+"), rest("α"), TIMES(), memory());
  const r = () => lower(symbol("r", "cost"), symbol("l", "cost"));
  const three = () => row(symbol("t"), TIMES(), time(), operator("+"), rest("t"), TIMES(), r());
  const isOfThree = cost === "blend" && timeShare > 0;
  const mixed = () => (isOfThree ? three() : two());
  /** @type {Record<string, () => MathMLElement>} */
  const alone = { macs, activations: memory, seconds: time };
  return [
    math(s(), BECOMES(), s(), TIMES(), factor),
    math(R("l"), EQUALS(), alone[cost ?? ""]?.() ?? mixed()),
    ...(isOfThree ? [math(r(), EQUALS(), two())] : []),
  ];
}

export function threshold() {
  const tau = () => symbol("τ", "threshold");
  const share = row(words("1"), operator("−"), words("sparsity"));
  return [
    math(words("keep"), space(), symbol("u", "neuron"), operator("⇔"), s(), operator("≥"), tau()),
    math(tau(), EQUALS(), words("the k-th highest score", "threshold"), operator(","), space(), symbol("k"), EQUALS(),
      bracket("⌊", row(symbol("n"), TIMES(), bracket("(", share, ")")), "⌋")),
  ];
}
