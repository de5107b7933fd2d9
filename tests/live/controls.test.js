/** What controls report of a gesture. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./figures.js";

const { slider } = await load("controls/slider.js");
const { terms } = await load("controls/terms.js");

/** Both sliders: a setting's own, and that of all methods on equal terms. */
const SLIDERS = {
  slider: (context) => slider(context, { name: "budget", step: 0.001, say: String }).range,
  terms: (context) => terms(context).node.find("type", "range"),
};

for (const [name, made] of Object.entries(SLIDERS)) {
  test(`${name}: keys are one gesture, which a pause ends; a drag ends when it is let go`, () => {
    const heard = [];
    const range = made({
      controls: { budget: { label: "Left", offered: [0, 1] } },
      extra: { terms: [["macs", "MACs"]] },
      words: {},
      set: (changes) => heard.push(changes),
      settle: () => heard.push("settled"),
    });
    for (const value of ["0.4", "0.41", "0.42"]) {
      range.value = value;
      range.dispatch("keydown", "input", "change");
    }
    assert.deepEqual(heard, [{ budget: 0.4 }, { budget: 0.41 }, { budget: 0.42 }]);
    range.value = "0.8";
    range.dispatch("pointerdown", "input", "change");
    assert.deepEqual(heard.slice(3), [{ budget: 0.8 }, "settled"]);
  });
}
