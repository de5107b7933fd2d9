/** A canvas's pen or pattern, which an old or short-lived browser tab may refuse. */

/**
 * @template Drawing
 * @param {Drawing | null} found what `getContext` or `createPattern` gave
 * @returns {Drawing}
 * @throws {Error} where it gave nothing
 */
export function drawable(found) {
  if (found === null) throw new Error("This browser cannot draw on a canvas. Reload the page.");
  return found;
}
