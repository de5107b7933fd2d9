/** What the component loads, each once a page: its stylesheet, plotly.js, and the packets of networks. */
import { element } from "./element.js";
import { decodeMoments } from "./engine/moments.js";
import { decode } from "./engine/network.js";
import { decodeTimes } from "./engine/times.js";
import { carried, carriesStyles } from "./takeaway/carried.js";
/** @import { Plotly } from "./types.d.ts" */

/** @type {Map<string, Promise<any>>} of each address what it holds */
const packets = new Map();
/** @type {Promise<Plotly> | null} */
let plotly = null;

/**
 * One of the component's stylesheets, loaded once a page; resolves when it applies.
 * @param {string} file
 * @returns {Promise<void>}
 */
export function loadStyles(file) {
  if (carriesStyles(file)) return Promise.resolve();
  const href = new URL(`./${file}`, import.meta.url).href;
  const there = [...document.querySelectorAll("link")].find((link) => link.rel === "stylesheet" && link.href === href);
  if (there) return Promise.resolve();
  const link = element("link", { rel: "stylesheet", href });
  document.head.append(link);
  return new Promise((resolve) => {
    link.onload = link.onerror = () => resolve();
  });
}

/**
 * The global `Plotly`, from this server.
 * @param {string} base
 * @returns {Promise<Plotly>}
 */
export function loadPlotly(base) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  plotly ??= new Promise((resolve, reject) => {
    const script = element("script", { src: address(base, "plotly.min.js"), async: true });
    script.onload = () => resolve(/** @type {Plotly} */ (globalThis.Plotly));
    script.onerror = () => {
      plotly = null;
      script.remove();
      reject(new Error("The charts could not be loaded. Reload the page."));
    };
    document.head.append(script);
  });
  return plotly;
}

/**
 * A network by its packet's name.
 * @param {string} base
 * @param {string} packet
 */
export function loadNetwork(base, packet) {
  return loadPacket(base, packet, decode);
}

/**
 * The moments of a network's training step, by their packet's name.
 * @param {string} base
 * @param {string} packet
 */
export function loadMoments(base, packet) {
  return loadPacket(base, packet, decodeMoments);
}

/**
 * The seconds of a network's steps by a time table, by their packet's name.
 * @param {string} base
 * @param {string} packet
 */
export function loadTimes(base, packet) {
  return loadPacket(base, packet, decodeTimes);
}

/**
 * Any packet by its name, read by `read`.
 * @template Packet
 * @param {string} base
 * @param {string} packet
 * @param {(buffer: ArrayBuffer) => Packet} read
 * @returns {Promise<Packet>}
 */
export function loadPacket(base, packet, read) {
  const url = address(base, `packets/${packet}`);
  const loaded = packets.get(url) ?? (carried(packet) ?? fetched(url)).then(read);
  if (!packets.has(url)) {
    packets.set(url, loaded);
    loaded.catch(() => packets.delete(url));
    for (const [oldest] of [...packets].slice(0, -8)) packets.delete(oldest);
  }
  return loaded.catch(() => {
    throw new Error("What the charts show could not be loaded from this server. Reload the page.");
  });
}

/** @param {string} url */
async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.arrayBuffer();
}

/**
 * @param {string} base
 * @param {string} path
 */
function address(base, path) {
  return new URL(`${base.replace(/\/$/, "")}/${path}`, document.baseURI).href;
}
