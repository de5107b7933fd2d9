/** What is seldom changed, behind a button: the blend's costs, ties, fewest neurons, equal scores, layers held back. */
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { capping, protecting } from "../settings.js";
import { segments } from "./choice.js";
import { disclosure } from "./disclosure.js";
import { field, isFixed, isHidden } from "./field.js";
import { number } from "./number.js";
import { triangle } from "./triangle.js";
/** @import { Changes, Context, Model, Settings } from "../types.d.ts" */

/** @param {Context} context */
export function more(context) {
  const { controls } = context;
  const coupling = segments(context, { name: "coupling" });
  const least = number(context, "min_neurons");
  const plateau = segments(context, { name: "plateau" });
  const held = heldBack(context);
  const costs = triangle(context);
  const panel = element(
    "div",
    { class: "ranp-panel", id: "ranp-more" },
    costs.node,
    coupling.node,
    least.node,
    plateau.node,
    held.node,
  );
  const button = element(
    "button",
    { type: "button", class: "ranp-button", "aria-controls": "ranp-more" },
    "Options",
  );
  const node = element("div", { class: "ranp-more" }, button, panel);
  disclosure(node, button, panel);
  mark(
    node,
    "hidden",
    ["time_share", "coupling", "min_neurons", "plateau", "protect"].every((name) => isHidden(controls, name)),
  );
  return {
    node,
    /** @param {Model} model */
    update(model) {
      const { settings } = model;
      costs.update(model);
      coupling.update(settings.coupling);
      least.update(settings.min_neurons);
      plateau.update(settings.plateau ?? "cut");
      held.update(settings);
      const held_back = settings.protect.length + Object.keys(settings.caps).length;
      write(button, held_back ? `Options (${held_back})` : "Options");
    },
  };
}

/**
 * The layers that are protected or capped, each with the button that lets it go, and the list to protect another.
 * @param {Context} context
 */
function heldBack(context) {
  const items = element("ul", { class: "ranp-held" });
  const prunable = context.network.layers.filter((layer) => layer.prunable).map((layer) => layer.name);
  const choose = element(
    "select",
    { id: "ranp-protect", class: "ranp-select" },
    element("option", { value: "" }, "Protect a layer …"),
    ...prunable.map((name) => element("option", { value: name }, name)),
  );
  const { node, caption, fixed } = field(
    context,
    { name: "protect" },
    items,
    choose,
  );
  caption.htmlFor = choose.id;
  choose.disabled = fixed;
  /** @type {Settings} of the last update */
  let settings;
  /** @param {Changes} changes */
  const apply = (changes) => {
    context.set(changes);
    context.settle();
  };
  choose.addEventListener("change", () => {
    if (choose.value) apply(protecting(settings, choose.value, true));
    choose.value = "";
  });
  /**
   * @param {string} name
   * @param {string} what
   * @param {() => Changes} changes that let it go
   */
  const item = (name, what, changes) => {
    const drop = element(
      "button",
      {
        type: "button",
        class: "ranp-drop",
        "aria-label": `Let ${name} go`,
        disabled: isFixed(context.controls, "protect"),
      },
      "×",
    );
    drop.addEventListener("click", () => apply(changes()));
    return element("li", {}, element("code", {}, name), ` ${what} `, drop);
  };
  return {
    node,
    /** @param {Settings} next */
    update(next) {
      const same = settings?.protect === next.protect && settings.caps === next.caps;
      settings = next;
      if (same) return;
      items.replaceChildren(
        ...next.protect.map((name) => item(name, "kept whole", () => protecting(settings, name, false))),
        ...Object.entries(next.caps).map(([name, share]) =>
          item(name, `at most ${percent(share, 0)} removed`, () => capping(settings, name, 1)),
        ),
      );
    },
  };
}
