/** What is seldom changed, behind a button: how ties are resolved, the fewest neurons, and the layers held back. */
import { element, mark, write } from "../element.js";
import { percent } from "../format.js";
import { capping, protecting } from "../settings.js";
import { segments } from "./choice.js";
import { field, isFixed, isHidden } from "./field.js";

const COUPLINGS = [
  ["any", "any keeps it"],
  ["paper", "as in the paper"],
  ["all", "all keep it"],
];

export function more(context) {
  const { lock } = context;
  const coupling = segments(context, {
    name: "coupling",
    label: "Tied layers: a channel stays if",
    options: COUPLINGS,
  });
  const least = fewest(context);
  const held = heldBack(context);
  const panel = element(
    "div",
    { class: "ranp-panel", id: "ranp-more", hidden: true },
    coupling.node,
    least.node,
    held.node,
  );
  const button = element(
    "button",
    {
      type: "button",
      class: "ranp-button",
      "aria-expanded": "false",
      "aria-controls": "ranp-more",
    },
    "Options",
  );
  const node = element("div", { class: "ranp-more" }, button, panel);
  const open = (wanted) => {
    panel.hidden = !wanted;
    mark(button, "aria-expanded", wanted ? "true" : "false");
  };
  button.addEventListener("click", () => open(panel.hidden));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    open(false);
    button.focus();
  });
  node.addEventListener(
    "focusout",
    (event) => event.relatedTarget && !node.contains(event.relatedTarget) && open(false),
  );
  mark(
    node,
    "hidden",
    ["coupling", "minNeurons", "protect"].every((name) => isHidden(lock, name)),
  );
  return {
    node,
    update({ settings }) {
      coupling.update(settings.coupling);
      least.update(settings.minNeurons);
      held.update(settings);
      const held_back = settings.protect.length + Object.keys(settings.caps).length;
      write(button, held_back ? `Options (${held_back})` : "Options");
    },
  };
}

function fewest(context) {
  const input = element("input", {
    type: "number",
    id: "ranp-minNeurons",
    class: "ranp-number",
    min: 0,
    max: context.limits.maxMinNeurons,
    step: 1,
  });
  const { node, caption, fixed } = field(context, { name: "minNeurons", label: "Fewest neurons a layer" }, input);
  caption.htmlFor = input.id;
  input.disabled = fixed;
  input.addEventListener("input", () => {
    const value = Math.round(Number(input.value));
    if (input.value !== "" && value >= 0 && value <= context.limits.maxMinNeurons) context.set({ minNeurons: value });
  });
  input.addEventListener("change", () => context.settle());
  return {
    node,
    update: (value) => input.value !== String(value) && document.activeElement !== input && (input.value = value),
  };
}

/** The layers that are protected or capped, each with the button that lets it go, and the list to protect another. */
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
    { name: "protect", label: "Layers kept whole or capped" },
    items,
    choose,
  );
  caption.htmlFor = choose.id;
  choose.disabled = fixed;
  let settings = null;
  const apply = (changes) => {
    context.set(changes);
    context.settle();
  };
  choose.addEventListener("change", () => {
    if (choose.value) apply(protecting(settings, choose.value, true));
    choose.value = "";
  });
  const item = (name, what, changes) => {
    const drop = element(
      "button",
      {
        type: "button",
        class: "ranp-drop",
        "aria-label": `Let ${name} go`,
        disabled: isFixed(context.lock, "protect"),
      },
      "×",
    );
    drop.addEventListener("click", () => apply(changes()));
    return element("li", {}, element("code", {}, name), ` ${what} `, drop);
  };
  return {
    node,
    update(next) {
      const same = settings && settings.protect === next.protect && settings.caps === next.caps;
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
