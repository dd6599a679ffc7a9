/** What has no room in the answer. */
import type { Runtime } from "../handler/runtime.ts";

/** A record whose outputs have no room in the answer. */
export interface OverflowRecord {
  readonly recordId: string;
  /** The payload as its producer wrote it. */
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Only of a record that came from a Kinesis stream. */
  readonly partitionKey?: string | undefined;
  /** How often it was put back into the source before. */
  readonly rounds: number;
  /** Why it is here, without anything of its payload. */
  readonly reason: string;
}

/** What an overflow may want to know of the invocation. */
export interface OverflowContext {
  readonly invocationId: string;
  readonly deliveryStreamArn: string;
  readonly deliveryStreamName: string;
  /** What the delivery stream reads. */
  readonly source:
    | { readonly type: "direct" }
    | { readonly type: "kinesis"; readonly streamArn: string }
    | { readonly type: "msk" };
  /** When the first record of the invocation arrived, in epoch milliseconds. */
  readonly arrival: number;
  /** "" where nobody says it. */
  readonly functionArn: string;
  /** Milliseconds until nobody waits any longer. */
  readonly remainingMs: () => number;
  readonly runtime: Pick<Runtime, "clock" | "random">;
}

/** A record that an overflow did not take. */
export interface Refused {
  readonly record: OverflowRecord;
  /** Without anything of its payload. */
  readonly reason: string;
}

/**
 * Takes records that have no room in the answer. What it has taken is answered as `Dropped`, so it must not return
 * before that is safe. It returns what it did not take; a throw means that it has taken nothing.
 */
export interface Overflow {
  take(
    records: readonly OverflowRecord[],
    context: OverflowContext,
  ): PromiseLike<readonly Refused[] | undefined | void> | readonly Refused[] | undefined | void;
}

/** What nobody takes, after each overflow was given what those before it did not take. */
export async function takeAll(
  overflows: readonly Overflow[],
  records: readonly OverflowRecord[],
  context: OverflowContext,
  failed: (error: unknown, records: number) => void,
): Promise<readonly Refused[]> {
  let left = records.map((record): Refused => ({ record, reason: record.reason }));
  for (const overflow of overflows) {
    if (left.length === 0) break;
    const given = left.map(({ record }) => record);
    try {
      const refused = (await inTime(Promise.resolve(overflow.take(given, context)), context)) ?? [];
      const reasons = new Map(refused.map(({ record, reason }) => [record, reason]));
      left = left
        .filter(({ record }) => reasons.has(record))
        .map(({ record, reason }) => ({ record, reason: `${reason} ${reasons.get(record)}` }));
    } catch (error) {
      failed(error, given.length);
    }
  }
  return left;
}

/** Nobody waits for an overflow beyond the time that there is. */
function inTime<T>(work: Promise<T>, { remainingMs, runtime }: OverflowContext): Promise<T> {
  const left = remainingMs();
  if (left === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const cancel = runtime.clock.after(left, () =>
      reject(new Error("The overflow was not done before the invocation's time was over.")),
    );
    work.finally(cancel).then(resolve, reject);
  });
}
