// Results as text. A result is a list of rows: what was measured, the value, and what stands beside it.

const short = (value) =>
  Number.isInteger(value) || Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));

const withUnit = (value, unit) =>
  typeof value === "number" ? `${short(value)}${unit ? ` ${unit}` : ""}` : String(value);

/** Rows of `{ what, value, unit?, goal?, beside?: [{ name, value?, ratio?, missing? }] }`: a line each, and one more for each neighbour. */
export function tableLines(rows) {
  const cells = rows.flatMap(({ what, value, unit, goal = "", beside = [] }) => [
    [what, withUnit(value, unit), goal, ""],
    ...beside.map(({ name, value: theirs, ratio, missing }) => [
      `  beside ${name}`,
      missing ? `not measured: ${missing}` : withUnit(theirs, unit),
      "",
      ratio === undefined ? "" : ratio.toPrecision(3),
    ]),
  ]);
  const head = ["", "measured", "goal", "ratio"];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(line)].map((text) =>
    text.trimEnd(),
  );
}
