/** The engine decides and prices as the library does, neuron by neuron, MAC by MAC, and says it as the server does. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, load } from "./figures.js";

const { decode } = await load("engine/network.js");
const { Evaluator } = await load("model.js");
const { curveOf } = await load("engine/plan.js");
const { decodeMoments, peakCurve } = await load("engine/moments.js");
const { judge } = await load("parts/verdict.js");
const { aboutLayer, fateOf, fit, say } = await load("wording.js");

const LIMITS = { budget: { offered: [0.01, 1] }, sparsity: { offered: [0, 0.995] } };

for (const { name, packet, moments, grid, states } of figures.networks) {
  const network = decode(bytes(packet));
  const evaluator = new Evaluator(network);
  const step = decodeMoments(bytes(moments));
  evaluator.know(step);
  states.forEach(({ settings, answer }, index) => {
    test(`${name}, state ${index}`, () => {
      const { curve, ...said } = answerOf(evaluator, step, grid, settings);
      const { curve: expected, ...rest } = answer;
      assert.deepEqual(said, rest);
      curve.forEach((share, point) => assert.ok(close(share, expected[point]), `point ${point} of the curve`));
    });
  });
}

test("a plan that is not the library's is noticed", () => {
  const [{ packet, moments, grid, states }] = figures.networks;
  const evaluator = new Evaluator(decode(bytes(packet)));
  const step = decodeMoments(bytes(moments));
  evaluator.know(step);
  const prescribes = ({ settings, answer }) => settings.target === "sparsity" && answer.sparsity > 0;
  const { settings, answer } = states.find(prescribes);
  const other = answerOf(evaluator, step, grid, { ...settings, sparsity: 0 });
  assert.notDeepEqual(other.peaks, answer.peaks);
  assert.notDeepEqual(other.kept, answer.kept);
});

function answerOf(evaluator, step, grid, settings) {
  const model = evaluator.evaluate(settings);
  const { network, ranking, target, plan, full, training } = model;
  const { macs, params, activations, layers } = plan.costs;
  return {
    met: target.met,
    sparsity: target.sparsity,
    kept: Array.from(network.units, (unit) => plan.alive[unit]),
    costs: { macs, params, activations },
    layers: [...layers],
    feasible: plan.feasible,
    firstEmpty: plan.firstEmpty < 0 ? null : network.layers[plan.firstEmpty].name,
    maxFeasible: ranking.maxFeasible,
    fates: [...model.fates],
    fatesSaid: Array.from(model.fates, (_, at) => fateOf(model, at)),
    about: network.layers.map((_, at) => aboutLayer(model, at)),
    sentence: written(judge(model, LIMITS).parts),
    peaks: [training.before, training.after, training.fit.before, training.fit.after],
    peakCurve: [...peakCurve(step, ranking.deciders, grid, settings.batch)],
    fit: written(fit(model)),
    curve: [...curveOf(network, ranking, grid, full).macs],
  };
}

function bytes(text) {
  return Uint8Array.from(Buffer.from(text, "base64")).buffer;
}

function written(parts) {
  return say(parts, (text) => `**${text}**`).join("");
}

function close(one, other) {
  return Math.abs(one - other) <= 1e-12 * Math.abs(other);
}
