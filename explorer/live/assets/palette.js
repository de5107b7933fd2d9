/**
 * Colours for the light and the dark theme, as explorer/charts/palette.py; each means the same in both.
 * Okabe and Ito's ("Color Universal Design", 2008); whatever differs in colour differs in shape, dash or pattern too.
 */
/** @import { Palette } from "./types.d.ts" */

/** @type {Palette} */
export const LIGHT = {
  kept: "#0072B2",
  removed: "#B8BCC2",
  held: "#56B4E9",
  warning: "#D55E00",
  macs: "#0072B2",
  activations: "#D55E00",
  params: "#009E73",
  peak: "#A8578A",
  seconds: "#8A6500",
  band: "rgba(90, 100, 120, 0.07)",
  empty_bar: "#E4E6E9",
  text: "#31333F",
  failing: "rgba(213, 94, 0, 0.13)",
};

/** @type {Palette} */
export const DARK = {
  kept: "#56B4E9",
  removed: "#6B7078",
  held: "#B5DDF5",
  warning: "#F08A3C",
  macs: "#56B4E9",
  activations: "#F08A3C",
  params: "#2CC295",
  peak: "#D98CBB",
  seconds: "#E9B949",
  band: "rgba(200, 210, 230, 0.06)",
  empty_bar: "#31363D",
  text: "#E6E8EC",
  failing: "rgba(240, 138, 60, 0.13)",
};

/** @type {Record<string, [string, string, number[]]>} in the light, in the dark, and the dash */
const METHOD_LOOKS = {
  "ranp-f": ["#0072B2", "#56B4E9", []],
  "ranp-m": ["#D55E00", "#F08A3C", [9, 4]],
  "ranp-t": ["#B2182B", "#FF8A80", [7, 2, 2, 2]],
  blend: ["#A8578A", "#D98CBB", [2, 3]],
  weighted: ["#009E73", "#2CC295", [9, 3, 2, 3]],
  vanilla: ["#B07A00", "#E9B949", [5, 4]],
  layerwise: ["#3A7CA5", "#9CCBEA", [1, 3]],
  random: ["#6B7078", "#A2A8B0", [4, 3]],
  magnitude: ["#5B4B8A", "#A99BD8", [12, 3, 2, 3, 2, 3]],
};

/**
 * Colour and dash of a method's curve.
 * @param {string} name
 * @param {Palette} colours
 */
export function methodLook(name, colours) {
  const [light, dark, dash] = METHOD_LOOKS[name] ?? [colours.text, colours.text, []];
  return { colour: colours === DARK ? dark : light, dash };
}
