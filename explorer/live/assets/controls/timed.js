/** Whether the seconds of a plan are known: they come after the charts, and not every network has a time table. */
/** @import { Timed, TimeSource } from "../types.d.ts" */

/**
 * @param {TimeSource | null} source what the server says of the time table
 * @param {Timed | null} timed what the table says of the plan
 * @returns {"yes" | "soon" | "no"}
 */
export function timesKnown(source, timed) {
  if (timed) return "yes";
  return source && (source.pending || source.packet) ? "soon" : "no";
}
