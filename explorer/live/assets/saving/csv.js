/** A chart's numbers as a table: commas, one header with units, and nothing that a spreadsheet would compute. */
/** @import { Table } from "../types.d.ts" */

/** @param {Table} table */
export function csv({ columns, rows }) {
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

/** @param {string | number | null} value */
function cell(value) {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return "";
  if (typeof value === "number") return String(value);
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
