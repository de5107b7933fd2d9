/** Numbers as a person reads them, as explorer/units.py writes them: 1 k = 1,000 and 1 MB = 1,000,000 bytes. */

const PREFIXES = ["", "k", "M", "G", "T", "P"];

export const BYTES_PER_ELEMENT = 4; // float32

/**
 * Three significant digits with an SI prefix: `count(62260000, "B")` is "62.3 MB".
 * @param {number} value
 * @param {string} [unit]
 */
export function count(value, unit = "") {
  let size = 0;
  while (Math.abs(value) >= 999.5 && size < PREFIXES.length - 1) {
    value /= 1000;
    size += 1;
  }
  const exact = size === 0 && Number.isInteger(value);
  const digits = exact || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${fixed(value, digits)} ${PREFIXES[size]}${unit}`.trimEnd();
}

/**
 * Bytes in KiB, MiB or GiB, as those count who sell memory: `binary(1.5 * 2 ** 30)` is "1.50 GiB".
 * @param {number} bytes
 */
export function binary(bytes) {
  if (bytes >= 2 ** 30) return `${fixed(bytes / 2 ** 30, 2)} GiB`;
  return bytes >= 2 ** 20 ? `${fixed(bytes / 2 ** 20, 1)} MiB` : `${fixed(bytes / 2 ** 10, 1)} KiB`;
}

/** @type {[string, number][]} */
const SECONDS = [
  ["s", 1],
  ["ms", 1e-3],
  ["µs", 1e-6],
];

/**
 * Three significant digits of seconds: `duration(0.0123)` is "12.3 ms".
 * @param {number} seconds
 */
export function duration(seconds) {
  const [unit, size] = SECONDS.find(([, one]) => seconds >= 0.9995 * one) ?? SECONDS[SECONDS.length - 1];
  const value = seconds / size;
  return `${fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${unit}`;
}

/**
 * A number with so many decimals, as Python writes it: of two that are as near, the one whose last digit is even.
 * @param {number} value
 * @param {number} digits
 */
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const between = Math.abs(scaled % 1) === 0.5 && Number.isInteger(value * 2 ** (digits + 1)); // exactly so
  return (between ? (2 * Math.round(scaled / 2)) / 10 ** digits : value).toFixed(digits);
}

/**
 * A share of one as a percentage: `percent(0.7824)` is "78.2 %".
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return `${fixed(100 * share, digits)} %`;
}

/**
 * A share that somebody chose, in up to two decimals: "1 %", "3.06 %".
 * @param {number} share
 */
export function asked(share) {
  return `${Number(fixed(100 * share, 2))} %`;
}

/**
 * The largest number of so many decimals that is not above the limit (ranp/selection/advice.py): advice must work.
 * @param {number} limit
 * @param {number} digits
 */
export function atMost(limit, digits) {
  const scale = 10 ** digits;
  let steps = Math.floor(limit * scale) + 1;
  while (steps / scale > limit) steps--;
  return steps / scale;
}

/**
 * The least number of so many decimals that is not below the limit.
 * @param {number} limit
 * @param {number} digits
 */
export function atLeast(limit, digits) {
  const scale = 10 ** digits;
  let steps = Math.ceil(limit * scale) - 1;
  while (steps / scale < limit) steps++;
  return steps / scale;
}

/**
 * A change of a share with its sign: `change(-0.78)` is "−78.0 %".
 * @param {number} share
 */
export function change(share) {
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${percent(Math.abs(share))}`;
}

/**
 * Whole numbers with separators: 12,345.
 * @param {number} value
 */
export function whole(value) {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Two digits of a small number: "0.17", "0.0042", "3.1e-7".
 * @param {number} value
 */
export function small(value) {
  return value === 0 || value >= 1e-4 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/**
 * Three significant digits, as Python's `.3g` writes them: "0.25", "1.2e-05".
 * @param {number} value
 * @param {number} [digits]
 */
export function significant(value, digits = 3) {
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < digits) return String(Number(value.toPrecision(digits)));
  return `${Number(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/**
 * The end of a long name, which tells it from its neighbours.
 * @param {string} name
 * @param {number} [longest]
 */
export function short(name, longest = 24) {
  return name.length <= longest ? name : `…${name.slice(1 - longest)}`;
}
