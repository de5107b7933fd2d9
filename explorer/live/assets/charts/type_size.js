/** How much larger than usual the page's type is, as in a presentation: texts that plotly draws grow with it. */
export function larger() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
}
