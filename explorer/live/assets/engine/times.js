/**
 * The seconds of a step of any plan, from a table of what its operations take alone, at a grid of widths or of elements
 * (ranp/timing/price.py; the server packs it in explorer/packets/times.py). Between two widths of a grid they go in a
 * straight line.
 */
import { countSets, countSetsOn } from "./counting.js";
import { unpack } from "./network.js";
/** @import { Sets, StepKind, StepSeconds, Times } from "../types.d.ts" */

/** @typedef {Float64Array | Int32Array} Counts */

const BATCH = 1; // the set that counts the batch; set 0 counts one

/** @param {ArrayBuffer} buffer a packet of times @returns {Times} */
export function decodeTimes(buffer) {
  const { header, arrays } = unpack(buffer);
  const sets = { members: arrays.members, offsets: arrays["members.starts"] };
  const uses = column("uses", ["kind", "row", "layer", "often"], arrays);
  const places = placesOf(arrays.axes, arrays["axes.starts"], mostOf(sets));
  const rows = arrays["wide.grid"].length + arrays["sized.sizes"].length;
  const weights = header.kinds.map(() => new Float64Array(rows));
  for (let at = 0; at < uses.row.length; at++) weights[uses.kind[at]][uses.row[at]] += uses.often[at];
  return {
    kinds: header.kinds,
    constants: header.constants,
    perElement: header.perElement,
    batch: header.batch,
    layers: header.layers,
    rows,
    costs: arrays.costs,
    uses,
    weights,
    wide: column("wide", ["grid", "first", "second"], arrays),
    grids: { ...column("grids", ["first", "second"], arrays), cells: arrays.cells, starts: arrays["cells.starts"] },
    places,
    sized: column("sized", ["sizes", "starts"], arrays),
    terms: column("terms", ["constant", "form"], arrays),
    forms: arrays.forms,
    factors: header.factors,
    sizes: { elements: arrays.elements, seconds: arrays.seconds, starts: arrays["elements.starts"] },
    sets,
  };
}

/**
 * The seconds of one plan by kind of step: in total, and of each layer's own calls.
 * @param {Times} times
 * @param {Uint8Array} alive which units are kept
 * @returns {Record<StepKind, StepSeconds>}
 */
export function secondsOf(times, alive) {
  const counts = countSets(times.sets, alive);
  counts[0] = 1;
  counts[BATCH] = times.batch;
  const products = productsOn(times, counts, 1);
  return /** @type {Record<StepKind, StepSeconds>} */ (
    Object.fromEntries(times.kinds.map((name, kind) => [name, secondsIn(times, kind, counts, products)]))
  );
}

/**
 * @param {Times} times
 * @param {number} kind by its place
 * @param {Counts} counts of every set
 * @param {Float64Array} products of every form
 * @returns {StepSeconds}
 */
function secondsIn(times, kind, counts, products) {
  const seconds = new Float64Array(times.rows);
  let total = 0;
  times.weights[kind].forEach((weight, row) => {
    if (!weight) return;
    price(times, kind, row, counts, products, seconds.subarray(row, row + 1));
    total += weight * seconds[row];
  });
  const layers = new Float64Array(times.layers);
  const { uses } = times;
  for (let at = 0; at < uses.row.length; at++) {
    if (uses.kind[at] === kind && uses.layer[at] >= 0) layers[uses.layer[at]] += uses.often[at] * seconds[uses.row[at]];
  }
  return { total: total + times.constants[kind], layers };
}

/**
 * The seconds of a kind of step at every point of a grid.
 * @param {Times} times
 * @param {StepKind} kind
 * @param {Int32Array} lifetimes at how many points each unit is kept, as `lifetimesOn` gives them
 * @param {number} points
 */
export function timeCurve(times, kind, lifetimes, points) {
  const at = times.kinds.indexOf(kind);
  return summed(times, at, times.weights[at], lifetimes, points).map((seconds) => seconds + times.constants[at]);
}

/**
 * The same of one layer's own calls.
 * @param {Times} times
 * @param {StepKind} kind
 * @param {number} layer
 * @param {Int32Array} lifetimes
 * @param {number} points
 */
export function layerTimeCurve(times, kind, layer, lifetimes, points) {
  const { uses } = times;
  const place = times.kinds.indexOf(kind);
  const weights = new Float64Array(times.rows);
  for (let at = 0; at < uses.row.length; at++) {
    if (uses.layer[at] === layer && uses.kind[at] === place) weights[uses.row[at]] += uses.often[at];
  }
  return summed(times, place, weights, lifetimes, points);
}

/** @typedef {{rows: Int32Array, sets: Uint8Array, forms: Int32Array}} Calls rows, and the sets and forms behind them */

/** @type {WeakMap<Times, Calls[]>} */
const hanging = new WeakMap();

/**
 * The calls whose widths or elements hang on some of these units; remembered under a number.
 * @param {Times} times
 * @param {number} number of the units, the same for the same ones
 * @param {Int32Array} units
 * @returns {Calls}
 */
export function callsOf(times, number, units) {
  const known = hanging.get(times) ?? [];
  hanging.set(times, known);
  return (known[number] ??= findCalls(times, new Set(units)));
}

/**
 * @param {Times} times
 * @param {Set<number>} units
 * @returns {Calls}
 */
function findCalls(times, units) {
  const { sets, wide, sized, terms, forms, factors, rows } = times;
  const holds = Array.from({ length: sets.offsets.length - 1 }, (_, set) =>
    sets.members.subarray(sets.offsets[set], sets.offsets[set + 1]).some((unit) => units.has(unit)),
  );
  const grids = wide.grid.length;
  /** @param {number} row */
  const formsOf = (row) => terms.form.subarray(sized.starts[row - grids], sized.starts[row - grids + 1]);
  /** @param {number} row */
  const setsOf = (row) =>
    row < grids
      ? [wide.first[row], wide.second[row]].filter((set) => set >= 0)
      : [...formsOf(row)].flatMap((form) => [...forms.subarray(form * factors, (form + 1) * factors)]);
  const found = Array.from({ length: rows }, (_, row) => row).filter((row) => setsOf(row).some((set) => holds[set]));
  const wanted = new Uint8Array(holds.length);
  found.flatMap(setsOf).forEach((set) => (wanted[set] = 1));
  const used = new Set(found.filter((row) => row >= grids).flatMap((row) => [...formsOf(row)]));
  return { rows: Int32Array.from(found), sets: wanted, forms: Int32Array.from(used) };
}

/**
 * The seconds of some calls alone in a kind of step, at every point of a grid.
 * @param {Times} times
 * @param {StepKind} kind
 * @param {Calls} calls
 * @param {Int32Array} lifetimes
 * @param {number} points
 */
export function timeOfCalls(times, kind, calls, lifetimes, points) {
  const place = times.kinds.indexOf(kind);
  return summed(times, place, times.weights[place], lifetimes, points, calls);
}

/**
 * All rows in a kind of step, each as often as its weight says, a number a point.
 * @param {Times} times
 * @param {number} kind by its place
 * @param {Float64Array} weights
 * @param {Int32Array} lifetimes
 * @param {number} points
 * @param {Calls} [calls] where only these count
 */
function summed(times, kind, weights, lifetimes, points, calls) {
  const counts = countSetsOn(times.sets, lifetimes, points, calls?.sets);
  counts.fill(1, 0, points);
  counts.fill(times.batch, BATCH * points, (BATCH + 1) * points);
  const products = productsOn(times, counts, points, calls?.forms);
  const [total, seconds] = [new Float64Array(points), new Float64Array(points)];
  /** @param {number} row */
  const add = (row) => {
    if (!weights[row]) return;
    price(times, kind, row, counts, products, seconds);
    for (let point = 0; point < points; point++) total[point] += weights[row] * seconds[point];
  };
  if (calls) calls.rows.forEach(add);
  else for (let row = 0; row < weights.length; row++) add(row);
  return total;
}

/**
 * What one call of a row takes in a kind of step.
 * @param {Times} times
 * @param {number} kind by its place
 * @param {number} row
 * @param {Counts} counts of every set, set after set, a number a point
 * @param {Float64Array} products of every form, form after form, a number a point
 * @param {Float64Array} found filled with seconds, a number a point
 */
function price(times, kind, row, counts, products, found) {
  const wide = times.wide.grid.length;
  if (row < wide) atWidths(times, row, counts, found);
  else atElements(times, times.perElement[kind], row - wide, products, found);
}

/**
 * @param {Times} times
 * @param {number} row
 * @param {Counts} counts
 * @param {Float64Array} found filled with seconds, a number a point
 */
function atWidths({ wide, grids, places }, row, counts, found) {
  const grid = wide.grid[row];
  const { cells } = grids;
  const start = grids.starts[grid];
  const points = found.length;
  const [down, right] = [places[grids.first[grid]], places[grids.second[grid]]];
  const [first, second] = [wide.first[row] * points, wide.second[row] * points];
  for (let point = 0; point < points; point++) {
    const i = counts[first + point];
    const [low, next, share] = [down.low[i], down.next[i], down.share[i]];
    if (!right) {
      found[point] = between(cells[start + low], cells[start + next], share);
      continue;
    }
    const j = counts[second + point];
    const [upper, lower] = [start + low * right.count, start + next * right.count];
    found[point] = between(
      between(cells[upper + right.low[j]], cells[upper + right.next[j]], right.share[j]),
      between(cells[lower + right.low[j]], cells[lower + right.next[j]], right.share[j]),
      share,
    );
  }
}

/**
 * @param {Times} times
 * @param {number} perElement seconds of each beyond those alone
 * @param {number} row of those by elements
 * @param {Float64Array} products of every form, form after form, a number a point
 * @param {Float64Array} found filled with seconds, a number a point
 */
function atElements({ sized, terms, sizes }, perElement, row, products, found) {
  const points = found.length;
  const [start, stop] = [sizes.starts[sized.sizes[row]], sizes.starts[sized.sizes[row] + 1]];
  const most = sizes.elements[stop - 1];
  for (let point = 0; point < points; point++) {
    let elements = 0;
    for (let term = sized.starts[row]; term < sized.starts[row + 1]; term++) {
      elements += terms.constant[term] * products[terms.form[term] * points + point];
    }
    const alone = interpolated(sizes, start, stop, elements) * Math.max(elements / most, 1);
    found[point] = alone + perElement * elements;
  }
}

/**
 * Between the ends in straight lines, beyond them as at the end.
 * @param {Times["sizes"]} sizes
 * @param {number} start
 * @param {number} stop
 * @param {number} elements
 */
function interpolated({ elements: known, seconds }, start, stop, elements) {
  if (elements <= known[start]) return seconds[start];
  for (let at = start + 1; at < stop; at++) {
    if (elements >= known[at]) continue;
    const slope = (seconds[at] - seconds[at - 1]) / (known[at] - known[at - 1]);
    return slope * (elements - known[at - 1]) + seconds[at - 1];
  }
  return seconds[stop - 1];
}

/**
 * Of every form the product of its counts, form after form, a number a point.
 * @param {Times} times
 * @param {Counts} counts
 * @param {number} points
 * @param {Int32Array} [wanted] where only these forms are
 */
function productsOn({ forms, factors }, counts, points, wanted) {
  const count = forms.length / factors;
  const products = new Float64Array(count * points).fill(1);
  for (let index = 0; index < (wanted?.length ?? count); index++) {
    const form = wanted?.[index] ?? index;
    for (let factor = 0; factor < factors; factor++) {
      const [to, set] = [form * points, forms[form * factors + factor] * points];
      for (let point = 0; point < points; point++) products[to + point] *= counts[set + point];
    }
  }
  return products;
}

/**
 * Of each axis, where every width lies: between which two of its widths, and how far.
 * @param {Float64Array} axes
 * @param {Int32Array} starts
 * @param {number} most
 * @returns {Times["places"]}
 */
function placesOf(axes, starts, most) {
  return Array.from(starts.subarray(1), (stop, axis) => {
    const widths = axes.subarray(starts[axis], stop);
    const last = widths.length - 1;
    const [low, next] = [new Int32Array(most + 1), new Int32Array(most + 1)];
    const share = new Float64Array(most + 1);
    for (let width = 0, at = 0; width <= most; width++) {
      while (at < last - 1 && widths[at + 1] <= width) at++;
      [low[width], next[width]] = [at, Math.min(at + 1, last)];
      const reach = widths[next[width]] - widths[at] || 1;
      share[width] = Math.min(1, Math.max(0, (width - widths[at]) / reach));
    }
    return { low, next, share, count: widths.length };
  });
}

/**
 * The most units that a set holds.
 * @param {Sets} sets
 */
function mostOf({ offsets }) {
  return offsets.reduce((most, start, at) => (at ? Math.max(most, start - offsets[at - 1]) : most), 0);
}

/**
 * @template {string} Name
 * @param {string} of
 * @param {Name[]} names
 * @param {Record<string, any>} arrays
 * @returns {Record<Name, any>}
 */
function column(of, names, arrays) {
  return /** @type {Record<Name, any>} */ (Object.fromEntries(names.map((name) => [name, arrays[`${of}.${name}`]])));
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} share
 */
function between(low, high, share) {
  return low + (high - low) * share;
}
