/** The pattern of layers that are held: stripes, so that they differ in more than colour. */

const made = new Map();

/** @param {CanvasRenderingContext2D} ctx @param {object} colours @returns {CanvasPattern} */
export function hatch(ctx, colours) {
  const key = `${colours.kept} ${colours.held}`;
  if (!made.has(key)) {
    const tile = new OffscreenCanvas(8, 8);
    const pen = tile.getContext("2d");
    pen.fillStyle = colours.kept;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colours.held;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
    pen.stroke();
    made.set(key, ctx.createPattern(tile, "repeat"));
  }
  return made.get(key);
}
