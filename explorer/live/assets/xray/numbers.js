/** One neuron's arithmetic: the formula of each step with its numbers put in. */
import { placeOf } from "../engine/weights.js";
import { element } from "../element.js";
import { count } from "../format.js";
import { outer } from "./formulas.js";
import { BECOMES, EQUALS, TIMES, bracket, fraction, lower, math, number, operator, row, symbol, upper, words } from "./math.js";
import { say } from "./say.js";

const SHOWN = 2; // of the largest contributions
const s = () => lower(symbol("s", "neuron"), symbol("u", "neuron"));
const own = (value) => number(value, "neuron");
const line = (...formulas) => element("div", { class: "x-line" }, ...formulas);

/** The weights that contribute most. */
export function sensitivityNumbers({ texts, criterion, weights, found, layer }) {
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

/** `|g| = 0.12 · 0.034 = 0.0041`: the gradient is what is left when the weight is divided out. */
function contributed(criterion, weight, contribution) {
  const size = (value) => bracket("|", number(value), "|");
  if (criterion === "l1") return math(size(weight), EQUALS(), number(contribution));
  if (criterion === "l2") return math(upper(bracket("(", number(weight), ")"), words("2")), EQUALS(), number(contribution));
  if (criterion === "gradient-norm") return math(number(contribution));
  const rest = weight ? contribution / weight : 0;
  if (criterion === "mpmg" || criterion === "synflow") {
    return math(size(weight), TIMES(), number(Math.abs(rest)), EQUALS(), number(contribution));
  }
  return math(number(weight), TIMES(), bracket("(", number(rest), ")"), EQUALS(), number(contribution));
}

/** The largest contributions, the others, and the score they make. */
export function importanceNumbers({ texts, start, criterion, reduce, weights, steps: { importance } }) {
  const place = say(texts.rank_in_layer, { rank: importance.rankInLayer, neurons: importance.neurons });
  if (start !== "sensitivity" || !weights || criterion === "taylor") {
    return [line(math(s(), EQUALS(), own(importance.score))), element("p", { class: "x-aside" }, ...place)];
  }
  const terms = weights.largest.map(({ contribution }) => number(contribution));
  const others = weights.count - terms.length;
  const dots = others > 0 ? [operator("+"), words("⋯")] : [];
  const added = row(...terms.flatMap((term, index) => (index ? [operator("+"), term] : [term])), ...dots);
  const inside = reduce === "sum" ? added
    : reduce === "mean" ? fraction(added, number(weights.count))
      : row(words("max"), bracket("(", row(...terms.flatMap((term, index) => (index ? [operator(","), term] : [term]))), ")"));
  const rest = others > 0 && reduce !== "max" ? say(texts.others, { count: others }) : [];
  return [
    element("div", { class: "x-line" }, math(s(), EQUALS(), outer(criterion, inside), EQUALS(), own(importance.score)),
      element("span", { class: "x-aside" }, ...rest)),
    element("p", { class: "x-aside" }, ...place),
  ];
}

export function balanceNumbers({ texts, network, steps: { balance } }) {
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

export function resourcesNumbers({ texts, steps: { resources: found } }) {
  const rows = [
    [number(found.macsShare, "macs"), [`${texts.macs_share} (${count(found.macs)} / ${count(found.mostMacs)})`]],
    [number(found.activationsShare, "memory"), [`${texts.memory_share} (${count(found.activations)} / ${count(found.mostActivations)})`]],
  ];
  const R = () => lower(symbol("R", "cost"), symbol("l", "cost"));
  const mixed = [number(found.alpha), TIMES(), number(found.macsShare, "macs"), operator("+"),
    number(1 - found.alpha), TIMES(), number(found.activationsShare, "memory"), EQUALS()];
  const ends = found.alpha === 0 || found.alpha === 1;
  const power = upper(symbol("e"), row(operator("−"), number(found.relative, "cost")));
  const factor = row(words("1"), operator("+"), number(found.lam), TIMES(), number(found.softmax));
  return [
    list(ends ? [rows[found.alpha === 1 ? 0 : 1]] : rows),
    line(math(R(), EQUALS(), ...(ends ? [] : mixed), number(found.relative, "cost"))),
    line(math(words("softmax"), EQUALS(), fraction(power, number(found.total)), EQUALS(),
      fraction(number(found.exponential), number(found.total)), EQUALS(), number(found.softmax))),
    line(math(s(), BECOMES(), own(found.before), TIMES(), bracket("(", factor, ")")), math(EQUALS(),
      own(found.before), TIMES(), number(found.factor), EQUALS(), own(found.after))),
  ];
}

export function thresholdNumbers({ texts, steps: { threshold: found } }) {
  const share = row(words("1"), operator("−"), number(found.sparsity));
  const tau = () => symbol("τ", "threshold");
  const lines = [line(math(symbol("k"), EQUALS(), bracket("⌊", row(number(found.neurons), TIMES(), bracket("(", share, ")")), "⌋"),
    EQUALS(), number(found.kept)))];
  if (found.threshold === null) return lines;
  return [
    ...lines,
    line(math(tau(), EQUALS(), number(found.threshold, "threshold"))),
    line(math(s(), EQUALS(), own(found.score), operator(found.passes ? "≥" : "<"), number(found.threshold, "threshold"))),
    element("p", { class: "x-aside" }, ...say(texts.rank_in_pool, { rank: found.rank, neurons: found.neurons, kept: found.kept })),
  ];
}

function list(entries) {
  return element("dl", { class: "x-list" }, ...entries.flatMap(([value, note]) => [
    element("dt", {}, math(value)), element("dd", {}, ...note),
  ]));
}

