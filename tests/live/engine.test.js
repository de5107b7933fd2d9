/** The engine decides and prices as the library does, neuron by neuron, MAC by MAC, and says it as the server does. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, load } from "./figures.js";

const { decode } = await load("engine/network.js");
const { Evaluator } = await load("model.js");
const { curveOf } = await load("engine/plan.js");
const { decodeMoments, peakCurve } = await load("engine/moments.js");
const { decodeTimes, secondsOf, timeCurve } = await load("engine/times.js");
const { lifetimesOn } = await load("engine/counting.js");
const { staircase } = await load("engine/staircase.js");
const { judge } = await load("parts/verdict.js");
const { aboutLayer, fateOf, fit, say } = await load("wording.js");

const LIMITS = { budget: { offered: [0.01, 1] }, sparsity: { offered: [0, 0.995] } };

for (const { name, packet, moments, times, grid, states, fast } of figures.networks) {
  const network = decode(bytes(packet));
  const evaluator = new Evaluator(network);
  const step = decodeMoments(bytes(moments));
  evaluator.know(step);
  const clock = decodeTimes(bytes(times));
  evaluator.time(clock);
  states.forEach(({ settings, answer, seconds }, index) => {
    test(`${name}, state ${index}`, () => {
      const { curve, ...said } = answerOf(evaluator, step, grid, settings);
      const { curve: expected, ...rest } = answer;
      assert.deepEqual(said, rest);
      curve.forEach((share, point) => assert.ok(close(share, expected[point]), `point ${point} of the curve`));
    });
    if (!seconds) return;
    test(`${name}, seconds of state ${index}`, () => {
      const told = secondsTold(evaluator, clock, grid, settings);
      for (const [what, values] of Object.entries(seconds)) {
        assert.equal(told[what].length, values.length, what);
        values.forEach((one, at) => assert.ok(close(told[what][at], one, 1e-9), `${what} ${at}`));
      }
    });
  });
  fast.forEach(({ settings, grid, left }) => {
    test(`${name}, the curve at fast widths, ${settings.snap}`, () => {
      const found = evaluator.fast(settings, evaluator.rank(settings));
      grid.forEach((sparsity, point) => {
        const shares = found.shares(found.moved(found.selected(sparsity)));
        for (const [what, values] of Object.entries(left)) {
          assert.ok(close(shares[what], values[point], 1e-9), `${what} at ${sparsity}`);
        }
      });
    });
  });
  test(`${name}, the staircase of a layer is what its plans take`, () => {
    const model = evaluator.evaluate({ ...states[0].settings, target: "sparsity", sparsity: 0.3 });
    const at = model.network.layers.findLastIndex((layer) => layer.prunable);
    const { seconds } = staircase(model, at, "training");
    assert.equal(seconds.length, model.network.neurons[at]);
    for (const width of [1, Math.ceil(seconds.length / 3), seconds.length - 1]) {
      const alive = cutTo(model, at, width);
      assert.ok(close(seconds[width - 1], secondsOf(clock, alive).training.layers[at], 1e-9), `width ${width}`);
    }
  });
}

for (const { name, times } of figures.networks) {
  test(`${name}, a cell that is doubled in its table shows, by as much`, () => {
    const [clock, wrong] = [decodeTimes(bytes(times)), decodeTimes(bytes(times))];
    const everything = new Uint8Array(clock.sets.members.reduce((most, unit) => Math.max(most, unit), 0) + 1).fill(1);
    const cell = clock.grids.starts[clock.wide.grid[0] + 1] - 1; // of the full widths
    wrong.grids.cells[cell] *= 2;
    let often = 0;
    clock.wide.grid.forEach((grid, row) => (often += grid === clock.wide.grid[0] ? clock.weights[0][row] : 0));
    const [before, after] = [clock, wrong].map((one) => secondsOf(one, everything).training.total);
    assert.ok(often > 0 && !close(after, before, 1e-9));
    assert.ok(close(after - before, often * clock.grids.cells[cell], 1e-6));
  });
}

test("without its table a plan has no seconds", () => {
  const [{ packet, times, states }] = figures.networks;
  const evaluator = new Evaluator(decode(bytes(packet)));
  const [{ settings }] = states;
  assert.equal(evaluator.evaluate(settings).timed, null);
  const clock = decodeTimes(bytes(times));
  assert.ok(evaluator.time(clock));
  assert.ok(!evaluator.time(clock), "the same table again is nothing new");
  assert.ok(evaluator.evaluate(settings).timed.before.training.total > 0);
  assert.ok(evaluator.evaluate(settings).curve.seconds[0] === 1);
  assert.ok(evaluator.time(null));
  assert.equal(evaluator.evaluate(settings).timed, null);
  assert.equal(evaluator.evaluate(settings).curve.seconds, undefined);
});

/** The plan with so many neurons of a layer: those that go last. */
function cutTo({ network, ranking, plan }, layer, width) {
  const [start, stop] = [network.starts[layer], network.starts[layer + 1]];
  const order = [...network.units.subarray(start, stop)].sort((a, b) => {
    return ranking.deaths[b] === ranking.deaths[a] ? a - b : ranking.deaths[b] - ranking.deaths[a];
  });
  const alive = Uint8Array.from(plan.alive);
  order.forEach((unit, place) => (alive[unit] = place < width ? 1 : 0));
  return alive;
}

function secondsTold(evaluator, clock, grid, settings) {
  const { ranking, timed } = evaluator.evaluate(settings);
  const steps = [timed.before, timed.after].filter(Boolean).flatMap((by) => clock.kinds.map((kind) => by[kind]));
  const whole = timed.before.training.total;
  const curve = timeCurve(clock, "training", lifetimesOn(ranking.deciders, grid), grid.length);
  return {
    seconds: steps.map(({ total }) => total),
    layerSeconds: steps.flatMap(({ layers }) => [...layers]),
    timeCurve: [...curve].map((one) => one / whole),
  };
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

function close(one, other, tolerance = 1e-12) {
  return Math.abs(one - other) <= tolerance * Math.abs(other);
}
