/** Payloads that have no room where their record is parked. */
import { typeOf } from "../aws/given.ts";
import { describeError } from "../observe/log.ts";
import { isNonRetryable } from "../record/errors.ts";
import type { ParkedRecord } from "./parking.ts";

/** Takes payloads that are too large for where their record is parked. */
export interface PayloadStore {
  /**
   * Stores the payload and says where. Doing it twice leaves one. Rejects: the record is not parked, and delivered
   * again; with a NonRetryableError, or where AWS refuses for good (no such bucket, no permission), it is parked as a
   * pointer into the stream.
   */
  put(parked: ParkedRecord): Promise<string>;
}

/** The store, if there is one. Refused, at start, where it takes no payloads: `s3Parking()`, say. */
export function givenOverflow(
  given: PayloadStore | undefined,
  who: string,
): PayloadStore | undefined {
  if (given === undefined || typeof given?.put === "function") return given;
  throw new TypeError(
    `${who}: overflow must be s3Payloads({ bucket }) of shardmill/s3, or something else with a function put; it is ${typeOf(given)}.`,
  );
}

/** Where the payload is, which is not in the item. */
export type PayloadElsewhere =
  | { readonly payloadLocation: string }
  /** In the stream, as long as that keeps it. */
  | { readonly pointer: true };

/**
 * Puts the payload into another store. Without one, and where that refuses for good, only its position is kept: then the
 * warning says until when it can be read. What may go away by itself rejects.
 */
export async function payloadElsewhere(
  parked: ParkedRecord,
  overflow: PayloadStore | undefined,
): Promise<{ readonly payload: PayloadElsewhere; readonly warning?: string }> {
  let why = "no overflow is set";
  if (overflow) {
    try {
      return { payload: { payloadLocation: await overflow.put(parked) } };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { name, message } = describeError(error);
      why = `its overflow refuses it (${name}: ${message})`;
    }
  }
  return {
    payload: { pointer: true },
    warning: `Its payload of ${parked.data.byteLength} bytes is too large to be parked, and ${why}: it must be read from the stream again before the stream's retention ends.`,
  };
}

/** Of refusals with a status of 4xx: those that another try may get over. */
const passing = /Throttl|SlowDown|TooMany|Timeout|Skewed|Expired|Conflict|Credentials/;

/** Whether the same request will be refused again, whenever it is made. */
function isRefusal(error: unknown): boolean {
  if (isNonRetryable(error)) return true;
  const { name, $metadata } = (error ?? {}) as {
    readonly name: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429 && !passing.test(name);
}
