/** What the server hears: the settings once the visitor pauses or lets go, never at each move. */
/** @import { Settings } from "./types.d.ts" */

const PAUSE = 250; // milliseconds without a change

export class Outbox {
  /** @type {number | undefined} */
  #timer = undefined;
  /** @type {Settings | null} */
  #pending = null;

  /** @param {(settings: Settings, stamp: number) => void} deliver */
  constructor(deliver) {
    this.deliver = deliver;
    this.stamp = 0;
  }

  /** Whether the server knows everything. */
  get settled() {
    return this.#pending === null;
  }

  /** @param {Settings} settings */
  put(settings) {
    this.#pending = settings;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** Send at once what waits. */
  flush() {
    clearTimeout(this.#timer);
    if (this.#pending === null) return;
    const settings = this.#pending;
    this.#pending = null;
    this.stamp += 1;
    this.deliver(settings, this.stamp);
  }

  /**
   * Forget what waits: the server has decided otherwise. Its last stamp goes on from here.
   * @param {number} [stamp]
   */
  adopt(stamp) {
    clearTimeout(this.#timer);
    this.#pending = null;
    this.stamp = Math.max(this.stamp, stamp ?? 0);
  }
}
