import { showName } from "../nodes/names.ts";

/** More state than `maxStateBytes`: the record that would have added to it was not added. */
export class SqlStateError extends Error {
  override readonly name = "SqlStateError";
}

/** `sizes`: of each pump, in bytes. */
export function tooLarge(
  bytes: number,
  maxStateBytes: number,
  sizes: ReadonlyMap<string, number>,
  due: number,
): SqlStateError {
  const [pump, most] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  const size = (bytes: number) => bytes.toLocaleString("en");
  return new SqlStateError(
    `The application's state in this shard takes ${size(bytes)} bytes, and maxStateBytes is ${size(maxStateBytes)}: the record was not added, and nothing is lost. The pump ${showName(pump)} takes most, ${size(most)} bytes, and ${size(due)} rows are due. Raise maxStateBytes and the function's memory, shorten the windows, or group by less.`,
  );
}
