/** The first page: what the plan does, what that costs, and every layer and neuron behind it. */
import { Importance } from "../charts/importance.js";
import { Macs } from "../charts/macs.js";
import { Methods } from "../charts/methods.js";
import { Resources } from "../charts/resources.js";
import { Retention } from "../charts/retention.js";
import { Architecture } from "../drawing/architecture.js";
import { element } from "../element.js";
import { Costs } from "../parts/costs.js";
import { Fit } from "../parts/fit.js";
import { Inspector } from "../parts/inspector.js";
import { layerList } from "../parts/layer_list.js";
import { Verdict } from "../parts/verdict.js";
/** @import { Choose, Context, Part } from "../types.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {Part}
 */
export function create(root, context) {
  const { network, set, settle } = context;
  /** @type {Choose} */
  const choose = (layer, neuron = null) => {
    if (layer < 0) return;
    set({ layer: network.layers[layer].name, neuron });
    settle();
  };
  const verdict = new Verdict(root, context);
  const whole = element("div", { class: "ranp-network" });
  root.append(whole);
  const architecture = new Architecture(whole, context, choose);
  const inspector = new Inspector(whole, context, choose);
  const costs = new Costs(root, context);
  const fits = new Fit(root, context);
  const charts = element("div", { class: "ranp-charts" });
  root.append(charts);
  const retention = new Retention(charts, context, choose);
  const list = layerList(retention.frame.extra, context, choose);
  /** @type {Part[]} */
  const parts = [
    verdict,
    architecture,
    inspector,
    costs,
    fits,
    retention,
    new Resources(charts, context),
    new Macs(charts, context, choose),
    new Methods(charts, context),
    new Importance(charts, context, choose),
    list,
  ];
  return {
    update: (model, changed) => parts.forEach((part) => part.update(model, changed)),
    destroy: () => parts.forEach((part) => part.destroy()),
  };
}
