/**
 * A network as the server packs it (explorer/packets/network.py): layers, start scores, ties and cost terms.
 * Neurons of all layers are numbered through in network order; `starts[l]` is the first neuron of layer l.
 */
/** @import { Network, Packed } from "../types.d.ts" */

/** @type {Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView>} */
const TYPES = { float64: Float64Array, float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** @param {ArrayBuffer} buffer a network's packet @returns {Network} */
export function decode(buffer) {
  const { header, arrays } = unpack(buffer);
  return assemble(header, arrays);
}

/**
 * A packet's header and its arrays by name.
 * @param {ArrayBuffer} buffer
 */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const base = Math.ceil((4 + length) / 8) * 8;
  /** @type {Record<string, any>} each has the type that the server says */
  const arrays = {};
  for (const [name, { type, offset, length: size }] of Object.entries(header.arrays)) {
    arrays[name] = new TYPES[type](buffer, base + offset, size);
  }
  return { header, arrays };
}

/**
 * @param {Packed} header
 * @param {Record<string, any>} arrays
 * @returns {Network}
 */
function assemble(header, arrays) {
  const starts = new Int32Array(header.layers.length + 1);
  header.layers.forEach((_, layer) => (starts[layer + 1] = starts[layer] + arrays.neurons[layer]));
  const total = starts[header.layers.length];
  const layerOf = new Int32Array(total);
  for (let layer = 0; layer < header.layers.length; layer++) layerOf.fill(layer, starts[layer], starts[layer + 1]);
  /** @type {Network["starting"]} */
  const starting = {};
  for (const name of new Set(Object.values(header.methods).map((method) => method.scores))) {
    if (arrays[`scores.${name}`]) {
      starting[name] = { scores: arrays[`scores.${name}`], balance: arrays[`balance.${name}`] };
    }
  }
  const terms = {
    kind: arrays["terms.kind"],
    coefficient: arrays["terms.coefficient"],
    first: arrays["terms.first"],
    second: arrays["terms.second"],
    layer: arrays["terms.layer"],
    members: arrays["sets.members"],
    offsets: arrays["sets.offsets"],
  };
  return {
    layers: header.layers,
    index: new Map(header.layers.map((layer, index) => [layer.name, index])),
    stages: header.stages,
    methods: header.methods,
    budgets: header.budgets,
    peakTrainingBytes: header.peakTrainingBytes,
    unitCount: header.units,
    neurons: arrays.neurons,
    units: arrays.units,
    voters: arrays.voters,
    costs: { macs: arrays.macs, activations: arrays.activations },
    starts,
    layerOf,
    total,
    starting,
    terms,
    drawing: header.drawing,
  };
}

/**
 * The start scores of a method, and what balances their layers.
 * @param {Network} network
 * @param {string} method
 */
export function startOf(network, method) {
  const start = network.starting[network.methods[method].scores];
  if (!start) throw new Error(`The network's packet has no start scores for the method ${method}.`);
  return start;
}

/**
 * The methods whose start scores the packet holds, in the order of the library.
 * @param {Network} network
 */
export function methodsOf(network) {
  return Object.keys(network.methods).filter((name) => network.starting[network.methods[name].scores]);
}
