/** What files of charts are called: network, chart, method, and what is prescribed. */
import { limitsOf } from "../settings.js";
/** @import { Settings } from "../types.d.ts" */

/**
 * A name without an ending, such as `unet3d-classroom-kept-ranp-f-sparsity-50`.
 * @param {string} subject
 * @param {string} chart
 * @param {Settings} settings
 */
export function fileName(subject, chart, settings) {
  const prescribed = limitsOf(settings).map(({ target, share }) => `${target}-${short(share)}`);
  const target = prescribed.length ? prescribed.join("-") : `sparsity-${short(settings.sparsity)}`;
  return [subject, chart, settings.method, target].map(plain).filter(Boolean).join("-");
}

/** @param {number} share in per cent */
function short(share) {
  return String(Number((100 * share).toFixed(2)));
}

/** @param {string} text letters, digits, points and lines, as any file system takes them */
function plain(text) {
  return text.replace(/[^\w.]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 80);
}
