/** What every sink is, and what all of them do alike: a `processBatch` that anybody could have written. */
import type { BatchContext, BatchFailures, BatchRecord } from "../consumer/options.ts";
import type { PutAll, Refusal } from "../handler/put-all.ts";
import { type Runtime, runtimeOf } from "../handler/runtime.ts";
import { isNonRetryable, NonRetryableError } from "../record/errors.ts";
import type { UserRecord } from "../record/user-record.ts";
import { isFunction } from "../values/kinds.ts";
import { checkNumber } from "../values/number-option.ts";
import { isThenable, whenReady } from "../values/ready.ts";

/** Takes records somewhere: give it to `kinesisConsumer` as `processBatch`. What it names as failed is not there, or may not be. */
export type Sink<T> = (
  records: readonly BatchRecord<T>[],
  context: BatchContext,
) => Promise<BatchFailures<T> | undefined>;

/** What every sink takes. */
export interface SinkOptions {
  /** How often a record is tried in one invocation. After that Lambda delivers it again. Minimum: 1. @default 3 */
  readonly maxAttempts?: number;
  /** Clock and chance from outside: for tests. @default the machine's */
  readonly runtime?: Partial<Pick<Runtime, "clock" | "random">>;
}

/** What a sink makes of a record, or a promise of it. What it throws fails its record. */
export type FromRecord<T, Made> = (
  value: T,
  record: UserRecord,
  /** The same on every delivery of this record, and on those of its duplicates. */
  idempotencyKey: string,
) => Made | PromiseLike<Made>;

/** Why a record did not get where it should: what the destination has said of it, and of its request. */
export class SinkError extends Error {
  override readonly name = "SinkError";
  /** The HTTP status of the record, or of its request; undefined where no response came. */
  readonly status: number | undefined;
  /** What the destination, or AWS, calls it: "mapper_parsing_exception", "HttpEndpoint.ConnectionReset". */
  readonly code: string;
  /** How long the response asks to wait, in milliseconds, with the header Retry-After; undefined: it does not. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, said: Said) {
    const { cause, code, retryAfterMs, status } = said;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.status = status;
  }
}

/** What is known of a failure. */
interface Said extends Partial<Pick<SinkError, "retryAfterMs" | "status">> {
  readonly cause?: unknown;
  readonly code: string;
}

/** What becomes of records whose request, or which themselves, have failed: "retry" unless it is final, which is said as `kind`. */
export const refusalOf = (
  error: unknown,
  isFinal: (error: SinkError) => boolean,
  kind: "halve" | "final",
): Refusal =>
  error instanceof SinkError
    ? { error, kind: isFinal(error) ? kind : "retry", waitMs: error.retryAfterMs }
    : { error, kind: "retry" };

/** What a sink needs to put: how often, how long, and by which clock. */
export type Sending = Required<
  Pick<PutAll<never>, "maxAttempts" | "remainingMs" | "signal" | "clock" | "random">
>;

const standardAttempts = 3;

/** Checks what all sinks take; the result says how to send within an invocation. */
export function sendingOf(
  { maxAttempts = standardAttempts, runtime }: SinkOptions,
  who: string,
): (context: BatchContext) => Sending {
  checkNumber(`${who}: maxAttempts`, maxAttempts, { least: 1, isWhole: true });
  const { clock, random } = runtimeOf(undefined, runtime);
  return ({ remainingMs, signal }) => {
    const until = clock.now() + remainingMs;
    return { maxAttempts, signal, clock, random, remainingMs: () => until - clock.now() };
  };
}

/** Throws where an option that should be a function is none. */
export function checkFunction(option: string, given: unknown): void {
  if (given === undefined || isFunction(given)) return;
  throw new TypeError(`${option} must be a function, and no generator; it is ${typeof given}.`);
}

/** Records with what a sink made of them, by their places in the call. */
export interface Prepared<Made> {
  readonly place: number;
  readonly made: Made;
}

/** What is made of each record, with its place. What a function of the user's throws is kept in `refused`. */
export const prepare = <T, Made>(
  records: readonly BatchRecord<T>[],
  make: (record: BatchRecord<T>) => Made | PromiseLike<Made>,
  refused: Map<number, Refusal>,
): Promise<Prepared<Made>[]> =>
  madeOf(records, (record, place) => whenReady(make(record), (made) => ({ place, made })), refused);

/** The same where what is made knows its place. */
export async function madeOf<T, Made>(
  records: readonly BatchRecord<T>[],
  make: (record: BatchRecord<T>, place: number) => Made | PromiseLike<Made>,
  refused: Map<number, Refusal>,
): Promise<Made[]> {
  const made: (Made | Promise<Made | undefined>)[] = [];
  let isPending = false;
  const refuse = (place: number, error: unknown): undefined => {
    refused.set(place, { error, kind: "retry" });
  };
  for (let place = 0; place < records.length; place++) {
    try {
      const its = make(records[place]!, place);
      if (isThenable(its)) {
        isPending = true;
        made.push(Promise.resolve(its).catch((error) => refuse(place, error)));
      } else made.push(its as Made);
    } catch (error) {
      refuse(place, error);
    }
  }
  if (!isPending) return made as Made[];
  return (await Promise.all(made)).filter((each) => each !== undefined);
}

/** What a sink returns: undefined where nothing was refused. What is final is parked, where there is parking. */
export function failuresOf<T>(
  records: readonly BatchRecord<T>[],
  refused: ReadonlyMap<number, Refusal>,
): BatchFailures<T> | undefined {
  if (refused.size === 0) return undefined;
  const failed = [...refused].map(([place, { error, kind }]) => ({
    record: records[place]!,
    error: kind === "final" ? asFinal(error) : error,
  }));
  return { failed };
}

function asFinal(error: unknown): unknown {
  if (isNonRetryable(error)) return error;
  const message = (error as Error | undefined)?.message ?? String(error);
  return new NonRetryableError(message, { cause: error });
}
