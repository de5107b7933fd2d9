/** What the server hears: the settings once the visitor pauses or lets go, never at each move; one word a gesture. */
/** @import { Settings } from "./types.d.ts" */

const PAUSE = 250; // milliseconds without a change

export class Outbox {
  /** @type {number | undefined} */
  #timer = undefined;
  /** @type {Settings | null} */
  #pending = null;
  #held = false; // a finger or a button is down: the gesture is not over
  #watched = new AbortController();

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
    this.#wait();
  }

  /**
   * Say nothing while a pointer that went down in there is down.
   * @param {HTMLElement} root
   */
  watch(root) {
    const { signal } = this.#watched;
    root.addEventListener("pointerdown", () => (this.#held = true), { signal, capture: true });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => this.#release(), { signal });
  }

  stop() {
    clearTimeout(this.#timer);
    this.#watched.abort();
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    if (this.#pending !== null) this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!this.#held) this.#timer = setTimeout(() => this.flush(), PAUSE);
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
