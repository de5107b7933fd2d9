/** The first page: what the plan does, what that costs, and every layer and neuron behind it. */
import { Retention } from "../charts/retention.js";
import { element } from "../element.js";

/** @param {HTMLElement} root @param {object} context */
export function create(root, context) {
  const charts = element("div", { class: "ranp-charts" });
  root.append(charts);
  const choose = (layer) => layer >= 0 && context.set({ layer: context.network.layers[layer].name, neuron: null });
  const parts = [new Retention(charts, context, choose)];
  return {
    update: (model, changed) => parts.forEach((part) => part.update(model, changed)),
    destroy: () => parts.forEach((part) => part.destroy()),
  };
}
