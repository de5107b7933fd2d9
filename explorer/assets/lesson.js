// Keys of a tour, wherever the focus is: N on, B back, C another chart. And its presentation: large type, one chart at a
// time; the keys of a presenter's remote control lead through it, Escape leaves. What is typed stays typed.
const KEYS = { n: "on", b: "back", c: "chart" };
const REMOTE = { PageDown: "on", PageUp: "back", ArrowRight: "on", ArrowLeft: "back", " ": "on", Escape: "leave" };
const TEXTS = ["text", "number", "search", "email", "url", "password"];
const OWN = "input, select, button, summary, canvas, [role=slider], [tabindex]:not([tabindex='-1'])"; // use arrows, space
const PRESENTING = "ranp-presenting";
const root = document.documentElement;

const press = (name) => {
  const button = document.querySelector(`.st-key-${name} button`);
  if (button && !button.disabled) button.click();
};

const another = () => {
  const charts = [...document.querySelectorAll(".ranp-tabs input")];
  charts[(charts.findIndex((one) => one.checked) + 1) % charts.length]?.click();
};

const fit = () => requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));

const present = () => {
  root.classList.add(PRESENTING);
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  root.requestFullscreen?.().catch(() => {}); // where that is not allowed, the type is large all the same
  fit();
};

const leave = () => {
  if (!root.classList.contains(PRESENTING)) return;
  root.classList.remove(PRESENTING);
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  fit();
};

const ACTS = { on: () => press("tour_next"), back: () => press("tour_back"), chart: another, leave };

const isTyping = (target) =>
  (target instanceof HTMLInputElement && TEXTS.includes(target.type)) ||
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLElement && target.isContentEditable);

// A list goes to its option that begins with the letter.
const isListed = (target, key) =>
  target instanceof HTMLSelectElement && [...target.options].some((one) => one.text.toLowerCase().startsWith(key));

const wanted = ({ key, target }) => {
  const letter = key.toLowerCase();
  if (letter in KEYS) return isListed(target, letter) ? null : KEYS[letter];
  if (!root.classList.contains(PRESENTING)) return null;
  const isPage = key.startsWith("Page") || key === "Escape";
  return isPage || !target.closest?.(OWN) ? (REMOTE[key] ?? null) : null;
};

export default function () {
  if (window.ranpLesson) return;
  window.ranpLesson = true;
  const before = { capture: true }; // before Streamlit's own shortcuts, which hear nothing from within a control
  const keyed = (event) => {
    const here = document.querySelector(".st-key-tour_next");
    if (!here || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const act = wanted(event);
    if (act === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) ACTS[act]();
  };
  const clicked = (event) => {
    if (!event.target.closest?.(".st-key-tour_present button")) return;
    event.stopPropagation();
    present();
  };
  window.addEventListener("keydown", keyed, before);
  window.addEventListener("click", clicked, before);
  document.addEventListener("fullscreenchange", () => document.fullscreenElement || leave());
}
