/** What the reader gets: a file under a name, and a drawing as pixels. */
import { element } from "../element.js";
import { drawable } from "../charts/drawable.js";

const SHARPNESS = 2; // pixels of the picture for one of the screen

/**
 * @param {Blob} content
 * @param {string} name
 */
export function hand(content, name) {
  const href = URL.createObjectURL(content);
  const link = element("a", { href, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/**
 * @param {SVGSVGElement} svg
 * @returns {Blob}
 */
export function asSvg(svg) {
  const text = new XMLSerializer().serializeToString(svg);
  return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`], { type: "image/svg+xml" });
}

/**
 * @param {SVGSVGElement} svg with its width and height in pixels
 * @returns {Promise<Blob>}
 */
export async function asPng(svg) {
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  const href = URL.createObjectURL(asSvg(svg));
  try {
    const image = new Image();
    image.src = href;
    await image.decode();
    const canvas = element("canvas", { width: Math.round(SHARPNESS * width), height: Math.round(SHARPNESS * height) });
    drawable(canvas.getContext("2d")).drawImage(image, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    return /** @type {Blob} */ (drawable(made));
  } finally {
    URL.revokeObjectURL(href);
  }
}
