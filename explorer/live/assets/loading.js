/** What the component loads, each once a page: its stylesheet, plotly.js, and the packets of networks. */
import { element } from "./element.js";
import { decode } from "./engine/network.js";

const packets = new Map(); // address -> promise of a network
let plotly = null;

/** One of the component's stylesheets, loaded once a page; resolves when it applies. */
export function loadStyles(file) {
  const href = new URL(`./${file}`, import.meta.url).href;
  const there = [...document.querySelectorAll("link[rel=stylesheet]")].find((link) => link.href === href);
  if (there) return Promise.resolve();
  const link = element("link", { rel: "stylesheet", href });
  document.head.append(link);
  return new Promise((resolve) => {
    link.onload = link.onerror = () => resolve();
  });
}

/** The global `Plotly`, from this server. */
export function loadPlotly(base) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  plotly ??= new Promise((resolve, reject) => {
    const script = element("script", { src: address(base, "plotly.min.js"), async: true });
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => {
      plotly = null;
      script.remove();
      reject(new Error("The charts could not be loaded. Reload the page."));
    };
    document.head.append(script);
  });
  return plotly;
}

/** A network by its packet's name. */
export function loadNetwork(base, packet) {
  return loadPacket(base, packet, decode);
}

/** Any packet by its name, read by `decode`. */
export function loadPacket(base, packet, decode) {
  const url = address(base, `packets/${packet}`);
  if (!packets.has(url)) {
    const loaded = fetch(url)
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.statusText))))
      .then(decode);
    packets.set(url, loaded);
    loaded.catch(() => packets.delete(url));
    while (packets.size > 8) packets.delete(packets.keys().next().value);
  }
  return packets.get(url).catch(() => {
    throw new Error("What the charts show could not be loaded from this server. Reload the page.");
  });
}

function address(base, path) {
  return new URL(`${base.replace(/\/$/, "")}/${path}`, document.baseURI).href;
}
