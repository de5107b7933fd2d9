// Plotly stops every touch on a chart whose points can be chosen, so a finger on it would not scroll the page.
// Unseen by plotly, a swipe scrolls, and the browser still makes a click of a tap.
export default function () {
  document.getElementById("ranp-first-paint")?.remove(); // the page is there
  if (window.ranpTouch) return;
  window.ranpTouch = (event) => {
    if (event.target.closest?.(".stPlotlyChart .drag")) event.stopPropagation();
  };
  window.addEventListener("touchstart", window.ranpTouch, { capture: true, passive: true });
}
