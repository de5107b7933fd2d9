/** The numbers that are saved of a chart are those of networks that can be built. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, load } from "./figures.js";

const { decode } = await load("engine/network.js");
const { Evaluator, GRID } = await load("model.js");
const { numbers } = await load("charts/resources.js");

/** Nothing that keeps a layer from being emptied. */
const FREE = { method: "vanilla", target: "sparsity", also: "none", min_neurons: 0, protect: [], caps: {} };

for (const { name, packet, states } of figures.networks) {
  test(`${name}: what is left is empty where a layer is`, () => {
    const evaluator = new Evaluator(decode(Uint8Array.from(Buffer.from(packet, "base64")).buffer));
    const model = evaluator.evaluate({ ...states[0].settings, ...FREE });
    const { ranking } = model;
    assert.ok(ranking.maxFeasible < 0.99, "vanilla pruning empties a layer");
    const { columns, rows } = numbers({ ...model, curve: model.curve, fast: model.curve });
    assert.equal(columns.filter((title) => title.includes("at fast widths")).length, (columns.length - 1) / 2);
    assert.deepEqual(rows.map(([sparsity]) => sparsity), [...GRID]);
    for (const [sparsity, ...shares] of rows) {
      assert.ok(shares.length >= 6);
      for (const share of shares) assert.equal(share !== null, sparsity <= ranking.maxFeasible, String(sparsity));
    }
  });
}
