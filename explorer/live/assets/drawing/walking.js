/** Where the arrow keys lead in the drawing: along the data's way, and to what stands above and below. */
/** @import { Architecture, Place } from "../types.d.ts" */

const ASIDE = 3; // what stands aside counts as so much farther

/**
 * The layers that a layer feeds, or is fed by, through whatever joins lie between; the nearest in height first.
 * @param {Architecture} drawing
 * @param {number} from position of its place
 * @param {1 | -1} side to where data flow, or from where they come
 */
export function along({ places, lines }, from, side) {
  /** @type {Set<number>} */
  const found = new Set();
  const seen = new Set([from]);
  const waiting = [from];
  while (waiting.length) {
    const at = /** @type {number} */ (waiting.pop());
    for (const line of lines) {
      const [here, next] = side > 0 ? [line[0], line[1]] : [line[1], line[0]];
      if (here !== at || seen.has(next)) continue;
      seen.add(next);
      if (places[next].kind === "layer") found.add(next);
      else waiting.push(next);
    }
  }
  const [, height] = places[from].box;
  /** @param {number} place */
  const away = (place) => Math.abs(places[place].box[1] - height);
  return [...found].sort((one, other) => away(one) - away(other));
}

/**
 * The nearest layer above (-1) or below (1), or none.
 * @param {Place[]} places
 * @param {number} from
 * @param {1 | -1} side
 */
export function beside(places, from, side) {
  const [x, y] = places[from].box;
  let [best, least] = [-1, Infinity];
  places.forEach(({ kind, box }, at) => {
    const down = side * (box[1] - y);
    if (kind !== "layer" || down < 4) return;
    const far = down + ASIDE * Math.abs(box[0] - x);
    if (far < least) [best, least] = [at, far];
  });
  return best;
}
