/** Which palette goes with the page's background, and when that changes. */
import { element } from "./element.js";
import { DARK, LIGHT } from "./palette.js";
/** @import { Palette } from "./types.d.ts" */

/**
 * Watch the page's theme. The probe has the page's background and a very short transition: however the theme changes,
 * its background does, and the browser says so.
 * @param {HTMLElement} root
 * @param {() => void} changed called after every change
 * @returns {{colours: () => Palette, font: () => string, look: () => void, stop: () => void}}
 */
export function watchTheme(root, changed) {
  const probe = element("i", { class: "ranp-probe", "aria-hidden": "true" });
  root.append(probe);
  let palette = choose(probe);
  const look = () => {
    const now = choose(probe);
    if (now === palette) return;
    palette = now;
    root.dataset.theme = now === DARK ? "dark" : "light";
    changed();
  };
  root.dataset.theme = palette === DARK ? "dark" : "light";
  probe.addEventListener("transitionend", look);
  return {
    colours: () => palette,
    font: () => getComputedStyle(root).fontFamily,
    look,
    stop: () => probe.remove(),
  };
}

/** @param {Element} probe */
function choose(probe) {
  return luminance(getComputedStyle(probe).backgroundColor) < 0.4 ? DARK : LIGHT;
}

/**
 * Relative luminance of `rgb(...)`, 0 (black) to 1 (white).
 * @param {string} colour
 */
function luminance(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
