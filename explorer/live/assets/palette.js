/**
 * Colours for the light and the dark theme, as explorer/charts/palette.py; each means the same in both.
 * Okabe and Ito's ("Color Universal Design", 2008); whatever differs in colour differs in shape, dash or pattern too.
 */
/** @import { Method, Palette } from "./types.d.ts" */

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

/**
 * Colour and dash of a method's curve, by the server's table (explorer/charts/methods.py).
 * @param {Method} method
 * @param {Palette} colours
 */
export function methodLook({ look }, colours) {
  return { colour: colours === DARK ? look.dark : look.light, dash: look.dash };
}
