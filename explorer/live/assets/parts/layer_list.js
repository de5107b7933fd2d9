/** The list by which a layer is chosen without a pointer. */
import { element } from "../element.js";
/** @import { Choose, Context, Model } from "../types.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {Choose} choose
 */
export function layerList(root, { network, set, settle }, choose) {
  const select = element(
    "select",
    { id: "ranp-layer", class: "ranp-select ranp-small", "aria-label": "Look into a layer" },
    element("option", { value: "" }, "Look into a layer …"),
    ...network.layers.map(({ name }, at) => element("option", { value: at }, name)),
  );
  select.addEventListener("change", () => {
    if (select.value !== "") return choose(Number(select.value));
    set({ layer: null, neuron: null });
    settle();
  });
  root.append(select);
  return {
    /** @param {Model} model */
    update({ settings }) {
      const value = String(network.index.get(settings.layer) ?? "");
      if (select.value !== value) select.value = value;
    },
    destroy() {},
  };
}
