/** The drawing for a reader who does not see it. */
import { percent } from "../format.js";
/** @import { Model } from "../types.d.ts" */

/** @param {Model} model */
export function inWords({ network, plan }) {
  const { places, lines } = network.drawing;
  const skips = lines.filter(([, , kind]) => kind === "skip" || kind === "arc").length;
  const joins = places.filter(({ kind }) => kind === "join").length;
  const order = network.layers.map(({ name }, at) => `${name} ${plan.kept[at]} of ${network.neurons[at]}`);
  return (
    `Drawing of ${network.layers.length} layers from input to output, joined at ${joins} places, with ${skips} skip ` +
    `connections. Each block is as wide as its layer has neurons; ${percent(plan.left / network.total)} of all are ` +
    `kept: ${order.join(", ")}.`
  );
}
