/** What the component says or settles by code of its own, as the server does. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, load } from "./figures.js";

const { decode } = await load("engine/network.js");
const model = await load("model.js");
const settings = await load("settings.js");
const format = await load("format.js");
const palette = await load("palette.js");
const formulas = await load("xray/formulas.js");
const lesson = await load("views/lesson.js");

test("sparsities of the curves", () => {
  assert.deepEqual([...model.GRID.subarray(0, figures.grid.length)], figures.grid);
});

test("method and alpha", () => {
  for (const { before, changes, after } of figures.settled) {
    const { method, alpha, time_share } = settings.changed(before, changes);
    assert.deepEqual({ method, alpha, time_share }, after);
  }
});

test("the corners of the blend", () => {
  const before = { method: "blend", alpha: 0.4, time_share: 0.3, protect: [], caps: {} };
  /** What the handle sets, and the method that then stands. */
  for (const [alpha, time_share, method] of [
    [1, 0, "ranp-f"],
    [0, 0, "ranp-m"],
    [0.4, 1, "ranp-t"],
    [1, 0.5, "blend"],
    [0.4, 0, "blend"],
  ]) {
    const found = settings.changed(before, { alpha, time_share });
    assert.deepEqual([found.method, found.alpha, found.time_share], [method, alpha, time_share]);
  }
});

test("alpha and method", () => {
  for (const { method, alpha, after } of figures.blended) {
    const { method: found } = settings.changed({ method, alpha: 0.5, protect: [], caps: {} }, { alpha });
    assert.equal(found, after);
  }
});

test("numbers", () => {
  for (const { value, unit, said } of figures.counts) assert.equal(format.count(value, unit), said);
  for (const { value, said } of figures.bytes) assert.equal(format.binary(value), said);
  for (const { value, said } of figures.durations) assert.equal(format.duration(value), said);
  for (const { share, digits, said } of figures.percents) assert.equal(format.percent(share, digits), said);
});

test("colours", () => {
  assert.deepEqual({ light: palette.LIGHT, dark: palette.DARK }, figures.palettes);
});

test("every method has a colour and a dash of its own", () => {
  const { methods } = decode(Uint8Array.from(Buffer.from(figures.networks[0].packet, "base64")).buffer);
  for (const colours of [palette.LIGHT, palette.DARK]) {
    const looks = Object.values(methods).map((method) => palette.methodLook(method, colours));
    for (const part of ["colour", "dash"]) {
      assert.equal(new Set(looks.map((look) => String(look[part]))).size, figures.methods.length, part);
    }
  }
});

test("what decides a ranking is every setting but what is prescribed and looked at", () => {
  for (const name of figures.ranking) {
    const [one, other] = [1, 2].map((value) => settings.rankingKey({ [name]: value }));
    assert.notEqual(one, other, name);
  }
  for (const name of figures.others) {
    assert.equal(settings.rankingKey({ [name]: 1 }), settings.rankingKey({ [name]: 2 }), name);
  }
});

test("the charts that steps of tours may name are those that a step draws", () => {
  assert.deepEqual(Object.keys(lesson.CHARTS).sort(), figures.charts);
});

test("every criterion and every reduction has its formula", () => {
  assert.deepEqual(Object.keys(formulas.CONTRIBUTIONS).sort(), figures.criteria.toSorted());
  for (const criterion of figures.criteria) {
    for (const reduce of figures.reductions) assert.ok(written(criterion, reduce).length > 3);
  }
});

test("criteria of whole neurons are known, and add up no weights", () => {
  assert.deepEqual([...formulas.WHOLE].sort(), figures.whole.toSorted());
  for (const criterion of figures.criteria) {
    const adds = texts(formulas.importance("sensitivity", criterion, "max")).includes("max");
    assert.equal(adds, !formulas.WHOLE.has(criterion), criterion);
  }
});

test("a criterion without a formula of its own is named", () => {
  assert.match(written("a-new-one", "sum").join(" "), /a-new-one/);
});

/** The symbols of a criterion's formulas. */
function written(criterion, reduce) {
  return [formulas.sensitivity(criterion), formulas.importance("sensitivity", criterion, reduce)].flatMap(texts);
}

function texts(node) {
  return typeof node === "string" ? [node] : node.children.flatMap(texts);
}
