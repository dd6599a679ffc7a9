/**
 * What a record is wrapped in when it is put back into its source: one line of JSON, and after it the payload as it
 * was. The line says how often that has happened, so that nothing can go round for ever.
 *
 *     {"shardmill:reingested":1,"arrival":1767225600000}
 *     <payload>
 */
const beginning = '{"shardmill:reingested":';
/** Its length is a multiple of three, so base64 that begins with this is one that begins with that. */
const beginningInBase64 = Buffer.from(beginning).toString("base64");
const longestLine = 128;
const newline = 10;

/** Whether a payload in base64 looks like one that was put back. Asked of every record, so it must cost nothing. */
export const looksReingested = (payload: unknown): boolean =>
  typeof payload === "string" && payload.startsWith(beginningInBase64);

export interface Unwrapped {
  /** The payload as its producer wrote it. */
  readonly data: Buffer;
  /** How often it was put back. */
  readonly rounds: number;
  /** When it first arrived, in epoch milliseconds; undefined if it was never put back. */
  readonly arrival?: number;
}

/** What does not begin with a whole line of that form is a payload of somebody's own. */
export function unwrapReingested(data: Buffer): Unwrapped {
  if (data[0] !== beginning.charCodeAt(0)) return { data, rounds: 0 };
  if (data.toString("latin1", 0, beginning.length) !== beginning) return { data, rounds: 0 };
  const end = data.subarray(0, longestLine).indexOf(newline);
  const line = /^\{"shardmill:reingested":(\d{1,4}),"arrival":(\d{1,15})\}$/.exec(
    data.toString("latin1", 0, Math.max(0, end)),
  );
  if (!line) return { data, rounds: 0 };
  return { data: data.subarray(end + 1), rounds: Number(line[1]), arrival: Number(line[2]) };
}

/** The envelope for its `rounds`-th time. */
export function wrapReingested(data: Uint8Array, rounds: number, arrival: number): Buffer {
  return Buffer.concat([Buffer.from(`${beginning}${rounds},"arrival":${arrival}}\n`), data]);
}
