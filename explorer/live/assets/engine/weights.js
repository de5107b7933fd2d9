/**
 * What single weights contribute (explorer/compute/weights.py): a neuron's histogram and largest weights, a layer's
 * spread.
 */
import { unpack } from "./network.js";
/** @import { NeuronWeights, Weights } from "../types.d.ts" */

/** @param {ArrayBuffer} buffer a packet of weights @returns {Weights} */
export function decodeWeights(buffer) {
  const { header, arrays } = unpack(buffer);
  return { ...header, ...arrays, bins: header.decades * header.binsPerDecade };
}

/**
 * What the weights of one neuron contribute.
 * @param {Weights} found
 * @param {number} at
 * @returns {NeuronWeights}
 */
export function neuronWeights(found, at) {
  /**
   * @template Values
   * @param {{subarray(start: number, stop: number): Values}} values
   * @param {number} width
   */
  const row = (values, width) => values.subarray(at * width, (at + 1) * width);
  const places = row(found.places, found.largest);
  const weights = row(found.weights, found.largest);
  const contributions = row(found.contributions, found.largest);
  return {
    count: found.counts[at],
    zeros: found.zeros[at],
    positive: row(found.positive, found.bins),
    negative: found.signed ? row(found.negative, found.bins) : null,
    sum: found.sums[at],
    equal: found.equal[at] === 1,
    largest: Array.from(places, (place, index) => ({
      place,
      weight: weights[index],
      contribution: contributions[index],
    })).filter(({ place }) => place >= 0),
  };
}

/**
 * How the sizes of a layer's contributions lie, as `engine/spread.js` has it.
 * @param {Weights} found
 * @param {number} layer
 */
export function weightSpread(found, layer) {
  const [min, q1, median, q3, max, mean] = found.spreads.subarray(6 * layer, 6 * layer + 6);
  return { min, q1, median, q3, max, mean };
}

/**
 * Which weight that is: `{bias: true}`, or the input channel and the position in the kernel, slowest axis first.
 * @param {Weights} found
 * @param {number} layer
 * @param {number} count
 * @param {number} place
 * @returns {{bias: true} | {bias: false, channel: number, position: number[]}}
 */
export function placeOf(found, layer, count, place) {
  if (found.biases[layer] && place === count - 1) return { bias: true };
  const kernel = found.kernels[layer];
  const volume = kernel.reduce((product, size) => product * size, 1);
  const position = [];
  let rest = place % volume;
  for (const size of [...kernel].reverse()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return { bias: false, channel: Math.floor(place / volume), position };
}
