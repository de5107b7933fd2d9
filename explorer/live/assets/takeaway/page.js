/**
 * The page of one file (explorer/takeaway): what the server is to the component elsewhere. It keeps the history, and
 * the settings in its own address, so that they outlive a reload and can be handed on beside the file.
 */
import { usesSeconds } from "../engine/reweighting.js";
import { loadNetwork, loadStyles } from "../loading.js";
import { mount } from "../main.js";
import { complete, limitsPeak, limitsTime } from "../settings.js";
import { asked, written } from "./address.js";
import { Steps } from "./steps.js";
/** @import { Carried, Data, Network, Settings } from "../types.d.ts" */

const LOST = "The address asks for settings that make no sense for this network. Those that do are shown.";

class Page {
  #revision = 0;
  #stamp = 0;

  /**
   * @param {Carried} data as the file has it
   * @param {Network} network
   */
  constructor(data, network) {
    this.data = data;
    this.network = network;
    this.notice = held("ranp-notice");
    this.settings = complete(data.settings);
    this.#open();
    this.steps = new Steps(data.controls, network, this.settings);
    this.live = mount(held("ranp-root"), this.#told(), (name, value) => this.#hear(name, /** @type {any} */ (value)));
    window.addEventListener("hashchange", () => {
      this.#open();
      this.#set(this.settings);
    });
  }

  /** Take what the address asks for. */
  #open() {
    const { controls } = this.data;
    const found = asked(location.hash, complete(this.data.settings), controls, this.network);
    if (!found) return;
    const why = this.#unpriced(found.settings);
    if (!why) this.settings = found.settings;
    this.#say(why ?? (found.whole ? "" : LOST));
  }

  /**
   * @param {string} name settings or travel
   * @param {any} value
   */
  #hear(name, value) {
    if (name === "travel") return this.#travel(value.to);
    const { revision, stamp, ...settings } = value;
    if (revision !== this.#revision) return;
    this.#stamp = stamp;
    const why = this.#unpriced(settings);
    this.#say(why ?? "");
    if (why) return this.#set(this.settings);
    this.settings = settings;
    this.steps.add(settings);
    this.#tell();
  }

  /** @param {number} number of a step of the history */
  #travel(number) {
    const { layer, neuron, xray } = this.settings;
    const found = this.steps.go(number);
    if (!found) return;
    this.#say("");
    this.#set({ ...found, layer, neuron, xray });
  }

  /**
   * Why the file cannot price what is prescribed; null where it can.
   * @param {Settings} settings
   */
  #unpriced(settings) {
    const { peak, times, says } = this.data;
    if (limitsPeak(settings) && !peak?.moments) return says.noPeak;
    const timed = limitsTime(settings) || usesSeconds(this.network, settings);
    return timed && !times?.packet ? says.noTimes : null;
  }

  /**
   * Settings that the component has to take over.
   * @param {Settings} settings
   */
  #set(settings) {
    this.#revision += 1;
    this.settings = complete(settings);
    this.steps.add(this.settings);
    this.#tell();
  }

  #tell() {
    history.replaceState(null, "", written(this.settings));
    this.live.update(this.#told());
  }

  /** @returns {Data} what a server would say now */
  #told() {
    const { data, settings } = this;
    const peak = data.peak && { ...data.peak, stamp: this.#stamp };
    return { ...data, settings, peak, revision: this.#revision, history: this.steps.told() };
  }

  /** @param {string} text */
  #say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}

/**
 * @param {string} id of an element that the file has
 * @returns {HTMLElement}
 */
function held(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`This file is damaged: it has no ${id}. Make it again.`);
  return found;
}

async function start() {
  const root = held("ranp-root");
  try {
    /** @type {Carried} */
    const data = JSON.parse(held("ranp-data").textContent ?? "");
    const styled = loadStyles("takeaway/page.css").then(() => document.fonts.load("1rem 'Source Sans'"));
    const [network] = await Promise.all([loadNetwork(data.base, data.packet), styled]);
    root.replaceChildren();
    new Page(data, network);
  } catch (error) {
    root.textContent = error instanceof Error ? error.message : String(error);
  }
}

start();
