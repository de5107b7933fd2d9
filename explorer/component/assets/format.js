/** Numbers as a person reads them, as explorer/units.py writes them: 1 k = 1,000 and 1 MB = 1,000,000 bytes. */

const PREFIXES = ["", "k", "M", "G", "T", "P"];

export const BYTES_PER_ELEMENT = 4; // float32

/** Three significant digits with an SI prefix: `count(62260000, "B")` is "62.3 MB". */
export function count(value, unit = "") {
  let size = 0;
  while (Math.abs(value) >= 999.5 && size < PREFIXES.length - 1) {
    value /= 1000;
    size += 1;
  }
  const whole = size === 0 && Number.isInteger(value);
  const digits = whole || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${PREFIXES[size]}${unit}`.trimEnd();
}

/** A share of one as a percentage: `percent(0.7824)` is "78.2 %". */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A change of a share with its sign: `change(-0.78)` is "−78.0 %". */
export function change(share) {
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${percent(Math.abs(share))}`;
}

/** Whole numbers with separators: 12,345. */
export function whole(value) {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Two digits of a small number: "0.17", "0.0042", "3.1e-7". */
export function small(value) {
  return value === 0 || value >= 1e-4 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/** The end of a long name, which tells it from its neighbours. */
export function short(name, longest = 24) {
  return name.length <= longest ? name : `…${name.slice(1 - longest)}`;
}
