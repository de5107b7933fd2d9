/** A question mark that explains: by hovering, by focus and by touch, and to screen readers as a description. */
import { element } from "../element.js";

let made = 0;

/**
 * The button and its sentence, or nothing where there is none.
 * @param {string} label what is explained
 * @param {string|undefined} text with the few marks of Markdown that the server's sentences use
 */
export function help(label, text) {
  if (!text) return null;
  const id = `ranp-help-${++made}`;
  const bubble = element("span", { class: "ranp-bubble", role: "tooltip", id });
  bubble.append(...blocks(text));
  const button = element("button", { type: "button", class: "ranp-why", "aria-label": `About ${label}` }, "?");
  button.setAttribute("aria-describedby", id);
  const holder = element("span", { class: "ranp-help" }, button, bubble);
  const place = () => keepInside(bubble);
  button.addEventListener("focus", place);
  holder.addEventListener("pointerenter", place);
  button.addEventListener("keydown", (event) => event.key === "Escape" && button.blur());
  return holder;
}

/**
 * Push a bubble back into the window.
 * @param {HTMLElement} bubble
 */
function keepInside(bubble) {
  bubble.style.setProperty("--shift", "0px");
  const { left, right } = bubble.getBoundingClientRect();
  const over = Math.max(0, right - document.documentElement.clientWidth + 8);
  const shift = left < 8 ? 8 - left : -Math.min(over, left - 8);
  bubble.style.setProperty("--shift", `${shift}px`);
}

/** @param {string} text */
function blocks(text) {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const items = paragraph.split(/\n?^- /m).filter((item) => item.trim());
    if (!/^- /m.test(paragraph)) return element("span", { class: "ranp-para" }, ...inline(paragraph));
    return element(
      "span",
      { class: "ranp-para" },
      ...items.map((item) => element("span", { class: "ranp-item" }, ...inline(item))),
    );
  });
}

/**
 * `**bold**`, `*slanted*`, code in backticks and `[links](https://...)` as elements, the rest as text.
 * @param {string} text
 */
export function inline(text) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  const marks = /\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`|\[(.+?)\]\((https:\/\/[^)\s]+)\)/gs;
  let from = 0;
  for (const found of text.matchAll(marks)) {
    nodes.push(text.slice(from, found.index));
    const [, bold, slanted, code, title, href] = found;
    if (bold) nodes.push(element("strong", {}, bold));
    else if (slanted) nodes.push(element("em", {}, slanted));
    else if (code) nodes.push(element("code", {}, code));
    else nodes.push(element("a", { href, target: "_blank", rel: "noopener noreferrer" }, title));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from)];
}
