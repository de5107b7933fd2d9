/** A setting's name as the server may spell it, in its words and locks: `minNeurons` is `min_neurons`, `lam` `lambda`. */

const OTHERS = { lam: ["lambda"], caps: ["cap"], minNeurons: ["min_neurons"] };

/** Every spelling of a setting's name. */
export function spellings(name) {
  return [name, ...(OTHERS[name] ?? [])];
}
