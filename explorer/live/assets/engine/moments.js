/**
 * The peak memory of a training step of any plan, at any batch: a maximum, over moments, of sums of products of kept
 * counts (ranp/resources/moments.py; the server packs them in explorer/packets/moments.py). Bytes, exact.
 */
import { countSets, countSetsOn, lifetimesOn } from "./counting.js";
import { unpack } from "./network.js";
/** @import { Deciders, Holdings, Moments, Numbers } from "../types.d.ts" */

const BATCH = 1; // the set that counts the batch; set 0 counts one

/** @param {ArrayBuffer} buffer a packet of moments @returns {Moments} */
export function decodeMoments(buffer) {
  const { header, arrays } = unpack(buffer);
  const { starts, forms, values, factors, members, offsets } = arrays;
  const width = header.forms;
  const count = starts.length - 1;
  const coefficient = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    if (row) coefficient.copyWithin(row * width, (row - 1) * width, row * width);
    for (let at = starts[row]; at < starts[row + 1]; at++) coefficient[row * width + forms[at]] = values[at];
  }
  const powers = new Uint8Array(width);
  const each = factors.length / width;
  factors.forEach((/** @type {number} */ set, /** @type {number} */ at) => {
    if (set === BATCH) powers[Math.floor(at / each)] += 1;
  });
  return { coefficient, factors, powers, sets: { members, offsets }, forms: width, count };
}

/**
 * What the step of one plan holds at each moment, as a polynomial of the batch.
 * @param {Moments} moments
 * @param {Uint8Array} alive which units are kept
 * @returns {Holdings}
 */
export function holdingsOf(moments, alive) {
  const { coefficient, forms, count, powers } = moments;
  const products = productsOf(moments, countSets(moments.sets, alive), 1);
  const degree = Math.max(...powers);
  const terms = new Float64Array(count * (degree + 1));
  for (let moment = 0, at = 0; moment < count; moment++) {
    for (let form = 0; form < forms; form++, at++) {
      terms[moment * (degree + 1) + powers[form]] += coefficient[at] * products[form];
    }
  }
  return { terms, degree };
}

/**
 * Most bytes alive at once in that step.
 * @param {Holdings} holdings
 * @param {number} batch
 */
export function peakOf({ terms, degree }, batch) {
  let most = 0;
  for (let at = 0; at < terms.length; at += degree + 1) {
    let bytes = 0;
    for (let power = degree; power >= 0; power--) bytes = bytes * batch + terms[at + power];
    most = Math.max(most, bytes);
  }
  return Math.round(most);
}

/** Larger batches are not asked about (ranp/resources/moments.py, MOST_BATCH). */
export const MOST_BATCH = 2 ** 31 - 1;

/**
 * How many examples that step may take before it holds more than `limit` bytes; 0 where one is too many, and
 * `MOST_BATCH` where any number fits, as where no size depends on the batch.
 * @param {Holdings} holdings
 * @param {number} limit
 */
export function largestBatch(holdings, limit) {
  if (peakOf(holdings, MOST_BATCH) <= limit) return MOST_BATCH;
  let [low, high] = [0, 1];
  while (peakOf(holdings, high) <= limit) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (peakOf(holdings, middle) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The most bytes at every sparsity of an ascending grid. What one holds at a point is at most what it held at the point
 * before, so most moments need no second look.
 * @param {Moments} moments
 * @param {Deciders} deciders
 * @param {Numbers} grid
 * @param {number} batch
 */
export function peakCurve(moments, deciders, grid, batch) {
  const points = grid.length;
  const all = countSetsOn(moments.sets, lifetimesOn(deciders, grid), points);
  const counts = new Float64Array(moments.sets.offsets.length - 1);
  const bound = new Float64Array(moments.count).fill(Infinity);
  const peaks = new Float64Array(points);
  let highest = 0; // the moment of the last peak, which is likely the next one
  for (let point = 0; point < points; point++) {
    for (let set = 0; set < counts.length; set++) counts[set] = all[set * points + point];
    const products = productsOf(moments, counts, batch);
    let most = (bound[highest] = held(moments, highest, products));
    for (let moment = 0; moment < moments.count; moment++) {
      if (bound[moment] <= most) continue;
      bound[moment] = held(moments, moment, products);
      if (bound[moment] > most) [most, highest] = [bound[moment], moment];
    }
    peaks[point] = Math.round(most);
  }
  return peaks;
}

/**
 * Of every form the product of its counts.
 * @param {Moments} moments
 * @param {Float64Array} counts of every set; the first two are set here
 * @param {number} batch
 */
function productsOf({ factors, forms }, counts, batch) {
  counts[0] = 1;
  counts[BATCH] = batch;
  const products = new Float64Array(forms).fill(1);
  const each = factors.length / forms;
  for (let at = 0; at < factors.length; at++) products[Math.floor(at / each)] *= counts[factors[at]];
  return products;
}

/**
 * Bytes that a moment holds.
 * @param {Moments} moments
 * @param {number} moment
 * @param {Float64Array} products
 */
function held({ coefficient, forms }, moment, products) {
  let sum = 0;
  for (let form = 0, at = moment * forms; form < forms; form++, at++) sum += coefficient[at] * products[form];
  return sum;
}
