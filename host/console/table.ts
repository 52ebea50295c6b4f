// Tables and fact lists in plain ASCII, never wider than a terminal of 80.

export const TABLE_COLUMNS = 79;
const SEPARATOR = "  ";

export type Cell = string | number | null;

/** Heading, rule, rows. Numbers stand right; a cell that had to be cut ends in `~`. */
export function drawTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(show));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map((row) => (row[column] ?? "").length)),
  );
  shrink(widths);
  const isRight = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== "string"));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => fit(cell, widths[column]!, isRight[column]!))
      .join(SEPARATOR)
      .trimEnd();
  return [line(headings), line(widths.map((width) => "-".repeat(width))), ...texts.map(line)].join("\n");
}

/** One `name  value` a line, values in one column. */
export function drawFacts(facts: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  const room = TABLE_COLUMNS - width - SEPARATOR.length;
  return facts
    .map(([name, value]) => `${name.padEnd(width)}${SEPARATOR}${cut(show(value), room)}`.trimEnd())
    .join("\n");
}

/** Milliseconds as `h:mm:ss`. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

function show(cell: Cell): string {
  return cell === null ? "-" : String(cell);
}

function shrink(widths: number[]): void {
  const sum = () => widths.reduce((total, width) => total + width + SEPARATOR.length, -SEPARATOR.length);
  for (let excess = sum() - TABLE_COLUMNS; excess > 0; excess--) widths[widths.indexOf(Math.max(...widths))]!--;
}

function fit(cell: string, width: number, isRight: boolean): string {
  const text = cut(cell, width);
  return isRight ? text.padStart(width) : text.padEnd(width);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}~`;
}
