/** The header `Range`. */
import { S3Error } from "./error.ts";

/** Bytes from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Undefined: the whole object, also where the header is none that S3 reads (several ranges, another
 * unit). Throws InvalidRange where no byte of the object is in it.
 */
export function readRange(header: string | undefined, size: number): Range | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from !== "" && to !== "" && Number(from) > Number(to)) return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first < size && first <= last) return { first, last };
  throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable", {
    RangeRequested: header!,
    ActualObjectSize: `${size}`,
  });
}
