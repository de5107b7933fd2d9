/** What is newly prescribed starts from the plan at hand, and advice is what it says and works. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, load } from "./figures.js";

const { decode } = await load("engine/network.js");
const { decodeMoments } = await load("engine/moments.js");
const { decodeTimes } = await load("engine/times.js");
const { Evaluator } = await load("model.js");
const { judge } = await load("parts/verdict.js");
const { changed } = await load("settings.js");
const { fromHere } = await load("controls/starting.js");

const TARGETS = ["sparsity", "macs", "memory", "params", "peak"];
const CONTROLS = { budget: { offered: [0.01, 1] }, sparsity: { offered: [0, 0.99] } };

for (const { name, packet, moments, times, states } of figures.networks) {
  const evaluator = new Evaluator(decode(bytes(packet)));
  evaluator.know(decodeMoments(bytes(moments)));
  evaluator.time(decodeTimes(bytes(times)));

  test(`${name}: choosing what to prescribe moves nothing`, () => {
    for (const { settings } of states) {
      for (const sparsity of [0, 0.31, 0.9]) {
        // At fast widths a budget decides which neurons come back, so that the plan may be another one.
        let now = { ...settings, snap: "off", target: "sparsity", also: "none", sparsity };
        const first = evaluator.evaluate(now);
        const left = first.plan.feasible ? first.plan.left : null;
        for (const target of [...TARGETS.slice(1), ...TARGETS]) {
          const shown = evaluator.evaluate(now);
          now = changed(now, fromHere(evaluator, shown, { target }));
          const then = evaluator.evaluate(now);
          assert.ok(then.plan.feasible && then.target.met, `${target} from ${sparsity}`);
          if (left !== null) assert.equal(then.plan.left, left, `${target} from ${sparsity}`);
        }
      }
    }
  });

  test(`${name}: a second budget starts from the plan at hand`, () => {
    const settings = { ...states[0].settings, snap: "off", target: "macs", also: "none", budget: 0.6 };
    const shown = evaluator.evaluate(settings);
    const then = evaluator.evaluate(changed(settings, fromHere(evaluator, shown, { also: "peak" })));
    assert.equal(then.target.bounds.length, 2);
    assert.equal(then.plan.left, shown.plan.left);
  });

  test(`${name}: what the button says is what it sets, and it works`, () => {
    let [missed, empty] = [0, 0];
    for (const { settings } of states) {
      const asked = [
        { target: "sparsity", also: "none", sparsity: 0.99 },
        { target: "macs", also: "none", budget: 0.01 },
        { target: "memory", also: "peak", budget: 0.01, also_budget: 0.01 },
      ];
      for (const wanted of asked) {
        const { mend, label } = judge(evaluator.evaluate({ ...settings, ...wanted }), CONTROLS);
        if (mend === null) continue;
        const said = [...label.matchAll(/([\d.]+) %/g)].map(([, text]) => Number(text));
        assert.deepEqual(said, Object.values(mend).map((share) => Number((100 * share).toFixed(9))), label);
        const then = evaluator.evaluate({ ...settings, ...wanted, ...mend });
        assert.ok(then.plan.feasible && then.target.met, label);
        if (wanted.target === "sparsity") empty++;
        else missed++;
      }
    }
    assert.ok(missed > 5 && empty > 5, "the states drawn need advice");
  });
}

function bytes(text) {
  return Uint8Array.from(Buffer.from(text, "base64")).buffer;
}
