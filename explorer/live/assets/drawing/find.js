/** The field that finds a layer by any part of its name. */
import { element } from "../element.js";
/** @import { Network } from "../types.d.ts" */

/**
 * @param {Network} network
 * @param {(found: number[] | null) => void} show layers whose names hold what is typed; null where nothing is
 * @param {(layer: number) => void} open the one that was meant
 */
export function find({ layers }, show, open) {
  const options = layers.map(({ name }) => element("option", { value: name }));
  const names = element("datalist", { id: "ranp-find-names" }, ...options);
  const field = element("input", {
    id: "ranp-find",
    class: "ranp-select ranp-small ranp-find",
    type: "search",
    list: names.id,
    placeholder: "Find a layer",
    "aria-label": "Find a layer",
    autocomplete: "off",
    spellcheck: "false",
  });
  const matches = () => {
    const wanted = field.value.trim().toLowerCase();
    if (!wanted) return null;
    return layers.flatMap(({ name }, at) => (name.toLowerCase().includes(wanted) ? [at] : []));
  };
  field.addEventListener("input", () => {
    show(matches());
    const whole = layers.findIndex(({ name }) => name === field.value);
    if (whole >= 0) open(whole);
  });
  field.addEventListener("keydown", (event) => {
    const [first] = matches() ?? [];
    if (event.key === "Enter" && first !== undefined) open(first);
    if (event.key === "Escape") {
      field.value = "";
      show(null);
    }
  });
  field.addEventListener("blur", () => show(null));
  return [field, names];
}
