/** Sorting of scores by the bits of their floats: a network's tenthousands of neurons in about a millisecond. */

const BITS = 11;
const BUCKETS = 1 << BITS;

/**
 * The places of the scores (float32, no NaN) in descending order of their value, `Int32Array`.
 * @param {Float32Array} scores
 */
export function descending(scores) {
  const size = scores.length;
  const bits = new Uint32Array(Float32Array.from(scores).buffer);
  // As unsigned numbers, floats order as their values once negative ones are turned; all turned, the highest is first.
  const keys = bits.map((value) => ~(value >>> 31 ? ~value : value | 0x80000000) >>> 0);
  let order = new Int32Array(size);
  for (let at = 0; at < size; at++) order[at] = at;
  let next = new Int32Array(size);
  for (let shift = 0; shift < 32; shift += BITS) {
    const starts = new Int32Array(BUCKETS + 1);
    for (let at = 0; at < size; at++) starts[((keys[at] >>> shift) & (BUCKETS - 1)) + 1]++;
    for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1] += starts[bucket];
    for (let place = 0; place < size; place++) {
      const at = order[place];
      next[starts[(keys[at] >>> shift) & (BUCKETS - 1)]++] = at;
    }
    [order, next] = [next, order];
  }
  return order;
}
