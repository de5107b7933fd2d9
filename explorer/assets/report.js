// Draws every chart in the reader's theme, and again when that changes. Dragging zooms, except with a finger.
const dark = matchMedia("(prefers-color-scheme: dark)");
const options = { responsive: true, displaylogo: false };
function draw() {
  CHARTS.forEach((chart, index) => {
    const { data, layout } = dark.matches ? chart.dark : chart.light;
    layout.dragmode = matchMedia("(pointer: fine)").matches ? "zoom" : false;
    Plotly.react(`chart-${index}`, data, layout, options);
  });
}
dark.addEventListener("change", draw);
draw();
