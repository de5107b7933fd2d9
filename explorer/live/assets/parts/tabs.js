/** One of a few things to look at: buttons side by side, radios underneath, so that arrow keys go through them. */
import { element, mark } from "../element.js";

let made = 0;

export class Tabs {
  /** @type {Map<string, HTMLInputElement>} */
  #inputs = new Map();
  #group = `ranp-tabs-${++made}`;

  /**
   * @param {string} label what is chosen, for who does not see it
   * @param {(name: string) => void} chosen
   */
  constructor(label, chosen) {
    this.chosen = chosen;
    this.buttons = element("div", { class: "ranp-segments" });
    const legend = element("legend", { class: "ranp-spoken" }, label);
    this.node = element("fieldset", { class: "ranp-field ranp-tabs" }, legend, this.buttons);
  }

  /**
   * What there is to choose from; the choice stands where it is offered still.
   * @param {[string, string][]} options name and title of each
   */
  offer(options) {
    mark(this.buttons, "hidden", options.length < 2);
    const names = options.map(([name]) => name);
    if (names.join(" ") === [...this.#inputs.keys()].join(" ")) return;
    const before = [...this.#inputs].find(([, input]) => input.checked)?.[0];
    const focused = this.buttons.contains(document.activeElement);
    this.#inputs.clear();
    this.buttons.replaceChildren(...options.map((option) => this.#button(...option)));
    if (before !== undefined) this.choose(before);
    if (focused) this.#inputs.get(before ?? names[0])?.focus({ preventScroll: true });
  }

  /** @param {string} name */
  choose(name) {
    const input = this.#inputs.get(name);
    if (input && !input.checked) input.checked = true;
  }

  /**
   * @param {string} name
   * @param {string} title
   */
  #button(name, title) {
    const input = element("input", { type: "radio", name: this.#group, value: name });
    input.addEventListener("change", () => this.chosen(name));
    this.#inputs.set(name, input);
    return element("label", { class: "ranp-segment" }, input, element("span", {}, title));
  }
}
