/**
 * Test examples, what is true of them, what trained networks say, and where that is wrong: slice by slice.
 *
 * This file imports nothing, so that a report can hold it as it is. Positions are those of a row-major array
 * (slice, height, width).
 */
/** @import { Pictures, PicturedExample } from "../types.d.ts" */

const LABELS = [
  "#56b4e9", "#f0e442", "#cc79a7", "#009e73", "#0072b2", "#e69f00", "#ffffff",
  "#882255", "#44aa99", "#999933", "#332288", "#ddcc77",
];
const WRONG = "#d55e00";
const EMPTY = "#20242b";
const WIDE = 336;
const STRIPES = 12;

/** @type {WeakMap<Element, { example: number, slice: number }>} */
const places = new WeakMap();

/**
 * Draw the pictures into the element, in place of what is there; example and slice stay where they were.
 * @param {HTMLElement} root
 * @param {Pictures} data
 */
export function show(root, data) {
  const place = places.get(root) ?? { example: 0, slice: -1 };
  places.set(root, place);
  place.example = Math.min(place.example, data.examples.length - 1);
  const panels = make("div", "panels");
  const key = make("ul", "legend");
  const slider = scrubber(data);
  const said = make("p", "said");
  const draw = () => {
    const example = data.examples[place.example];
    const last = example.size[0] - 1;
    if (place.slice < 0 || place.slice > last) place.slice = Math.floor(last / 2);
    slider.set(place.slice, last);
    said.textContent = data.words.examples[place.example];
    panels.replaceChildren(...figures(data, place.example, place.slice));
    key.replaceChildren(...legend(data, example));
  };
  slider.input.addEventListener("input", () => {
    place.slice = Number(slider.input.value);
    draw();
  });
  const choice = chooser(data, place.example, (chosen) => {
    place.example = chosen;
    draw();
  });
  const bar = make("div", "bar");
  bar.append(choice, slider.label);
  root.replaceChildren(bar, panels, key, said);
  draw();
}

/**
 * @param {string} tag
 * @param {string} [kind] its class
 * @param {string} [text]
 * @returns {HTMLElement}
 */
function make(tag, kind = "", text = "") {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  if (text) node.textContent = text;
  return node;
}

/**
 * One radio button an example.
 * @param {Pictures} data
 * @param {number} chosen
 * @param {(example: number) => void} choose
 */
function chooser(data, chosen, choose) {
  const group = make("fieldset", "examples");
  group.append(make("legend", "", data.words.example));
  const name = `example-${Math.random().toString(36).slice(2)}`;
  data.examples.forEach((_, index) => {
    const label = make("label");
    const input = /** @type {HTMLInputElement} */ (make("input"));
    Object.assign(input, { type: "radio", name, checked: index === chosen });
    input.addEventListener("change", () => choose(index));
    label.append(input, make("span", "", String(index + 1)));
    group.append(label);
  });
  return group;
}

/**
 * The slider through the slices; hidden where there is one alone.
 * @param {Pictures} data
 */
function scrubber(data) {
  const label = make("label", "scrub");
  const input = /** @type {HTMLInputElement} */ (make("input"));
  const value = make("output");
  Object.assign(input, { type: "range", min: "0", step: "1" });
  label.append(make("span", "", data.words.axis), input, value);
  /** @type {(slice: number, last: number) => void} */
  const set = (slice, last) => {
    label.hidden = last < 1;
    input.max = String(last);
    input.value = String(slice);
    value.textContent = `${slice + 1} / ${last + 1}`;
    input.setAttribute("aria-valuetext", `${data.words.axis} ${value.textContent}`);
  };
  return { label, input, set };
}

/**
 * The pictures of one slice: what goes in, what is true, and two of each network.
 * @param {Pictures} data
 * @param {number} number which example
 * @param {number} slice
 */
function figures(data, number, slice) {
  const example = data.examples[number];
  const found = [figure(data.words.input, painted(data, example, slice, grey(example)))];
  if (data.form === "class") {
    found.push(...answersInWords(data, number));
    return found;
  }
  const truth = colouring(data, example.truth);
  found.push(figure(data.words.truth, painted(data, example, slice, over(data, example, truth))));
  data.networks.forEach((network, index) => {
    const answer = example.answers[index];
    const says = over(data, example, colouring(data, answer));
    found.push(figure(network.says, painted(data, example, slice, says), network.errors[number]));
    found.push(figure(network.wrong, painted(data, example, slice, wrong(data, example, answer))));
  });
  return found;
}

/**
 * @param {string} title
 * @param {HTMLCanvasElement} canvas
 * @param {string} [below]
 */
function figure(title, canvas, below = "") {
  const node = make("figure");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", below ? `${title}: ${below}` : title);
  const caption = make("figcaption");
  caption.append(make("strong", "", title));
  if (below) caption.append(" ", make("span", "", below));
  node.append(caption, canvas);
  return node;
}

/**
 * What is true, and what each network says, where that is one class.
 * @param {Pictures} data
 * @param {number} number
 */
function answersInWords(data, number) {
  const list = make("dl", "classes");
  const example = data.examples[number];
  const names = [data.words.truth, ...data.networks.map((network) => network.says)];
  [example.truth, ...example.answers].forEach((said, index) => {
    const right = said[0] === example.truth[0];
    const row = make("div", right ? "" : "off");
    const verdict = index === 0 ? "" : right ? ` ✓ ${data.words.right}` : ` ✗ ${data.words.wrong}`;
    row.append(make("dt", "", names[index]), make("dd", "", `“${data.labels[said[0]]}”${verdict}`));
    list.append(row);
  });
  return [list];
}

/**
 * A canvas of the slice: `paint(position)` gives a colour, and whether the voxel is hatched.
 * @param {Pictures} data
 * @param {PicturedExample} example
 * @param {number} slice
 * @param {(position: number) => [string, boolean]} paint
 */
function painted(data, example, slice, paint) {
  const [, height, width] = example.size;
  const scale = Math.max(1, Math.round(WIDE / Math.max(height, width)));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const hatching = stripes(context);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [colour, hatched] = paint((slice * height + y) * width + x);
      context.fillStyle = hatched ? hatching : colour;
      context.fillRect(x * scale, y * scale, scale, scale);
    }
  }
  return canvas;
}

/**
 * What is wrong, in a colour and in stripes.
 * @param {CanvasRenderingContext2D} context
 * @returns {CanvasPattern}
 */
function stripes(context) {
  const tile = document.createElement("canvas");
  Object.assign(tile, { width: STRIPES, height: STRIPES });
  const brush = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  brush.fillStyle = WRONG;
  brush.fillRect(0, 0, STRIPES, STRIPES);
  brush.strokeStyle = "rgba(0, 0, 0, 0.75)";
  brush.lineWidth = 2.5;
  brush.beginPath();
  for (const shift of [-STRIPES, 0, STRIPES]) {
    brush.moveTo(shift, STRIPES);
    brush.lineTo(shift + STRIPES, 0);
  }
  brush.stroke();
  return /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
}

/**
 * @param {PicturedExample} example
 * @returns {(position: number) => [string, boolean]}
 */
function grey(example) {
  return (position) => [mixed(example.image[position], 1), false];
}

/**
 * @param {number} value 0 to 255
 * @param {number} strength
 */
function mixed(value, strength) {
  const level = Math.round(value * strength);
  return `rgb(${level}, ${level}, ${level})`;
}

/**
 * The colour of each value of an answer; null where the image shows through.
 * @param {Pictures} data
 * @param {Uint8Array} answer
 * @returns {(position: number) => string | null}
 */
function colouring(data, answer) {
  if (data.form === "disparity") return (position) => ramp(answer[position] / 254);
  const colours = labelColours(data);
  return (position) => colours.get(answer[position]) ?? null;
}

/**
 * An answer over the image, where something is true that it can be held against.
 * @param {Pictures} data
 * @param {PicturedExample} example
 * @param {(position: number) => string | null} colour
 * @returns {(position: number) => [string, boolean]}
 */
function over(data, example, colour) {
  const dark = data.form === "disparity" ? () => EMPTY : mixed;
  return (position) => {
    const known = example.truth[position] !== data.unknown;
    return [(known && colour(position)) || dark(example.image[position], 0.55), false];
  };
}

/**
 * Where an answer is wrong, over the image.
 * @param {Pictures} data
 * @param {PicturedExample} example
 * @param {Uint8Array} answer
 * @returns {(position: number) => [string, boolean]}
 */
function wrong(data, example, answer) {
  const most = data.form === "disparity" ? data.off / data.scale : 0;
  return (position) => {
    const truth = example.truth[position];
    const off = truth !== data.unknown && Math.abs(answer[position] - truth) > most;
    return off ? [WRONG, true] : [mixed(example.image[position], 0.75), false];
  };
}

/**
 * A colour for each label in use, the same in all examples; none for the background.
 * @param {Pictures} data
 * @returns {Map<number, string>}
 */
function labelColours(data) {
  return new Map(data.shown.map((label, index) => [label, LABELS[index % LABELS.length]]));
}

/**
 * From dark blue over grey to yellow, as Cividis: even in lightness, and the same to who sees no red or green.
 * @param {number} share 0 to 1
 */
function ramp(share) {
  const stops = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const between = stops[low].map((one, index) => Math.round(one + (at - low) * (stops[low + 1][index] - one)));
  return `rgb(${between.join(", ")})`;
}

/**
 * What the colours of one example mean.
 * @param {Pictures} data
 * @param {PicturedExample} example
 */
function legend(data, example) {
  /** @type {HTMLElement[]} */
  const entries = [];
  /** @type {(background: string, text: string, kind?: string) => void} */
  const entry = (background, text, kind = "swatch") => {
    const item = make("li");
    const swatch = make("span", kind);
    swatch.style.background = background;
    item.append(swatch, text);
    entries.push(item);
  };
  if (data.form === "class") return entries;
  if (data.form === "disparity") {
    const colours = [0, 0.25, 0.5, 0.75, 1].map(ramp).join(", ");
    entry(`linear-gradient(90deg, ${colours})`, data.words.scale, "swatch long");
  }
  const used = labelsIn(data, example);
  for (const [label, colour] of labelColours(data)) if (used.has(label)) entry(colour, data.labels[label]);
  if (data.words.dark) entry(EMPTY, data.words.dark);
  if (data.networks.length) {
    entry(`repeating-linear-gradient(135deg, ${WRONG} 0 4px, #3b1a00 4px 5.5px)`, data.words.legendWrong);
  }
  return entries;
}

/**
 * The labels that are true of the example, or that a network says where something is true.
 * @param {Pictures} data
 * @param {PicturedExample} example
 */
function labelsIn(data, example) {
  const used = new Set(example.truth);
  for (const answer of example.answers) {
    answer.forEach((label, position) => {
      if (example.truth[position] !== data.unknown) used.add(label);
    });
  }
  return used;
}

/**
 * The data as they travel, in base64, turned into arrays.
 * @param {any} sent
 * @returns {Pictures}
 */
export function unpacked(sent) {
  /** @type {(text: string) => Uint8Array} */
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const examples = sent.examples.map((/** @type {any} */ each) => ({
    size: each.size,
    image: bytes(each.image),
    truth: bytes(each.truth),
    answers: each.answers.map(bytes),
  }));
  return { ...sent, examples };
}
