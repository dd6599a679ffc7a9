/** A row of windows or of SQL as it is parked: JSON that people can read, in which numbers that JSON does not have are not lost. */

/** The only member of what stands for such a number. */
const member = "#number";

export const rowData = (value: unknown): Uint8Array =>
  Buffer.from(
    JSON.stringify(value, (_, part) => {
      if (typeof part === "bigint") return { [member]: `${part}n` };
      const isNone = typeof part === "number" && !Number.isFinite(part);
      return isNone ? { [member]: String(part) } : part;
    }),
  );

/** The inverse of `rowData`. */
export const rowValue = (data: Uint8Array): unknown =>
  JSON.parse(Buffer.from(data).toString(), (_, part) => {
    const text = part?.[member];
    if (typeof text !== "string") return part;
    return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
  });

/** What the log calls a row that is parked. */
export const parkedRowName = (id: string): string => `row ${id}`;
