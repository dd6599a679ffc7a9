/** Rows as a table of text. */

/** Numbers stand right, all else left. */
export function tableOf(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map(show));
  const widths = names.map((name, at) =>
    Math.max(name.length, ...cells.map((row) => row[at]!.length)),
  );
  const isRight = names.map(
    (_, at) =>
      rows.length > 0 && rows.every((row) => row[at] === null || typeof row[at] === "number"),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (isRight[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  return `${[line(names), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(line)].join("\n")}\n`;
}

const show = (value: unknown): string =>
  (value === null || value === undefined ? "" : String(value)).replace(/[\r\n\t]+/g, " ");
