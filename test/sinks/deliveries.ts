/**
 * Deliveries as Lambda makes them at its worst: whole batches and parts of them, bisected, overlapping and late, to environments that
 * die at any call to the outside, before it or after it, and may thaw much later.
 */
import fc from "fast-check";
import {
  json,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type Runtime,
} from "shardmill";
import type { Sink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

/** What is on the stream. `key` is its partition key. */
export interface Row {
  readonly id: number;
  readonly key: string;
}

/** What befalls a call to the outside. */
export type Fault = "none" | "fails" | "loses its reply" | "dies before" | "dies after" | "thaws";

/** A range of the stream's records that is delivered at once. */
type Delivery = readonly [from: number, count: number];

export interface Course {
  readonly rows: readonly Row[];
  readonly deliveries: readonly Delivery[];
  /** Of the calls, one after the other; later ones have none. */
  readonly faults: readonly Fault[];
  /** Ranges that are delivered once more, after all is done. */
  readonly late: readonly Delivery[];
  readonly hasProgress: boolean;
}

const range = (most: number) =>
  fc.tuple(fc.integer({ min: 0, max: most - 1 }), fc.integer({ min: 1, max: most }));

/** Any course, of up to `most` records. */
export const anyCourse = (most = 12): fc.Arbitrary<Course> =>
  fc.record({
    rows: fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: most })
      .map((keys) => keys.map((key, id) => ({ id, key }))),
    deliveries: fc.array(range(most), { maxLength: 5 }),
    faults: fc.array(
      fc.constantFrom<Fault>(
        "none",
        "none",
        "fails",
        "loses its reply",
        "dies before",
        "dies after",
        "thaws",
      ),
      { maxLength: 12 },
    ),
    late: fc.array(range(most), { maxLength: 2 }),
    hasProgress: fc.boolean(),
  });

/** Does an effect on a destination, under the fault whose turn it is. */
export type Outside = <R>(effect: () => R | Promise<R>) => Promise<R>;

export interface CourseOptions {
  /** Makes the sink of a new environment. */
  readonly sink: (outside: Outside, runtime: Pick<Runtime, "clock" | "random">) => Sink<Row>;
  readonly options?: Partial<KinesisConsumerOptions<Row>>;
  /** Real milliseconds that a call to the outside may take, where it leads out of this process. @default 0 */
  readonly patience?: number;
}

/** Runs a course until every record is done, then the late ones, and lets at last thaw what was frozen. */
export async function run(
  course: Course,
  { options, patience = 0, sink }: CourseOptions,
): Promise<void> {
  const clock = virtualClock({ patience });
  const random = seededRandom(1);
  const faults = [...course.faults];
  const frozen: (() => unknown)[] = [];
  const progress = memoryProgress();
  const never = new Promise<never>(() => {});
  let environment = 0;

  /** Whether it answered, and that all is done. */
  async function deliver([from, count]: Delivery): Promise<boolean> {
    let die = () => {};
    const death = new Promise<undefined>((resolve) => {
      die = () => resolve(undefined);
    });
    const own = environment++;
    const outside: Outside = async (effect) => {
      const fault = faults.shift() ?? "none";
      if (fault === "fails") throw new Error(`Call failed in environment ${own}.`);
      if (fault === "dies before" || fault === "thaws") {
        if (fault === "thaws") frozen.push(effect);
        die();
        return never;
      }
      const result = await effect();
      if (fault === "loses its reply") throw new Error(`Reply lost in environment ${own}.`);
      if (fault === "none") return result;
      die();
      return never;
    };
    const handler = kinesisConsumer<Row>({
      consumer: "archive",
      decode: json(),
      runtime: { clock, random, write() {} },
      processBatch: sink(outside, { clock, random }),
      ...(course.hasProgress && { progress }),
      ...options,
    } as KinesisConsumerOptions<Row>);
    const all = kinesisEvent(course.rows, { partitionKey: ({ key }) => key });
    const event = { Records: all.Records.slice(from, from + count) };
    const end = clock.now() + 60_000;
    const context = {
      awsRequestId: `r-${own}`,
      invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:archive",
      getRemainingTimeInMillis: () => end - clock.now(),
    };
    const answered = handler(event as never, context as never).catch(() => undefined);
    const answer = await settled(Promise.race([answered, death]));
    return answer?.batchItemFailures.length === 0;
  }

  async function settled<R>(work: Promise<R>): Promise<R> {
    let isPending = true;
    void work.finally(() => {
      isPending = false;
    });
    for (;;) {
      await clock.settle();
      if (!isPending) return work;
      if (!(await clock.step())) throw new Error("The work waits for ever.");
    }
  }

  for (const delivery of course.deliveries) await deliver(delivery);
  for (let tries = 0; !(await deliver([0, course.rows.length])); tries++) {
    if (tries > 50) throw new Error("The records are never done.");
  }
  faults.length = 0;
  for (const delivery of course.late) await deliver(delivery);
  for (const effect of frozen) await Promise.resolve(effect()).catch(() => {});
}
