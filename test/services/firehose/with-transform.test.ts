/** The runtime's `firehoseTransform` behind the local Firehose: both were written from the same facts, and share nothing. */
import fc from "fast-check";
import { drop, fail, firehoseTransform, type Overflow, toJsonLines } from "shardmill/firehose";
import { expect, test } from "vitest";
import { inProcessFunction } from "../../../packages/local/src/lambda/hosts/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { lambdaProcessor, processing, rig, toS3 } from "./rig.ts";

interface Order {
  readonly id: number;
  readonly fate: "keep" | "drop" | "fail" | "throw";
  readonly day: string;
  /** Bytes that the transformation adds. */
  readonly more: number;
}

interface Cleaned {
  readonly id: number;
  readonly day: string;
  readonly filler: string;
}

/** What no answer can hold, fails. */
const fits = ({ more }: Order) => more < 4_000_000;

const orders = fc.array(
  fc.record({
    fate: fc.constantFrom<Order["fate"]>("keep", "keep", "keep", "drop", "fail", "throw"),
    day: fc.constantFrom("mon", "tue", "wed"),
    more: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.constantFrom(1_500_000, 7_000_000)),
  }),
  { minLength: 1, maxLength: 30 },
);

test("T1 to T3: every record is in its partition, dropped, in a failure object or in the overflow.", async () => {
  await fc.assert(
    fc.asyncProperty(orders, async (drawn) => {
      const clock = virtualClock({ patience: 200 });
      const overflowed: number[] = [];
      const overflow: Overflow = {
        async take(records) {
          for (const { data } of records)
            overflowed.push(JSON.parse(Buffer.from(data).toString()).id);
        },
      };
      const handler = firehoseTransform<Order, Cleaned>({
        decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
        transform(order) {
          if (order.fate === "drop") return drop();
          if (order.fate === "fail") return fail("as drawn");
          if (order.fate === "throw") throw new Error("as drawn");
          return { id: order.id, day: order.day, filler: "x".repeat(order.more) };
        },
        encode: toJsonLines(),
        partitionBy: (order) => ({ day: order.day }),
        overflow,
        runtime: { clock, random: seededRandom(1), write: () => {} },
      });
      const fn = inProcessFunction({ functionName: "clean", handler, clock, timeout: 60 });
      const { stream, put, texts, failures, keys } = rig(
        toS3({
          Prefix: "day=!{partitionKeyFromLambda:day}/",
          ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
          DynamicPartitioningConfiguration: { Enabled: true },
          ...processing(lambdaProcessor({ BufferSizeInMBs: "3" })),
        }),
        { clock, invoke: (event, context) => fn.invoke(event, context) },
      );
      const input: Order[] = drawn.map((order, id) => ({ ...order, id }));
      put(...input.map((order) => JSON.stringify(order)));
      await stream.drain();
      await fn.close();

      for (const day of ["mon", "tue", "wed"]) {
        const ids = texts(`day=${day}/`)
          .flatMap((object) => object.trim().split("\n"))
          .map((line) => Number(/"id":(\d+)/.exec(line)![1]));
        const expected = input
          .filter((order) => order.day === day && order.fate === "keep" && fits(order))
          .map(({ id }) => id)
          .filter((id) => !overflowed.includes(id));
        expect(ids.sort((a, b) => a - b)).toEqual(expected);
      }
      const failed = failures("processing-failed").map(
        ({ rawData }) => JSON.parse(rawData.toString()).id as number,
      );
      expect(failed.sort((a, b) => a - b)).toEqual(
        input
          .filter(
            (order) => /fail|throw/.test(order.fate) || (order.fate === "keep" && !fits(order)),
          )
          .map(({ id }) => id),
      );
      expect(
        stream.trace.every((entry) => entry.type !== "invocation" || entry.outcome === "answered"),
      ).toBe(true);
      expect(keys().every((key) => /^(?:day=|failed\/processing-failed\/)/.test(key))).toBe(true);
      const { delivered, dropped } = stream.counts;
      expect(delivered + dropped + failed.length).toBe(input.length);
    }),
    { numRuns: 10, seed: 3 },
  );
});
