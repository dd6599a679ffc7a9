/** Answers as no Kinesis should give them, and clients that fail in ways of their own. */
import { expect, it } from "vitest";
import type { PutError } from "../../src/producer.ts";
import { fakeProducer, refusal, taken, textsIn, throttled } from "./fake.ts";

const record = (partitionKey: string, data = partitionKey) => ({ partitionKey, data });

it.each([1, 3])("an answer of %i entries for two says nothing of either", async (count) => {
  const { producer, clock, requests } = fakeProducer({
    aggregation: false,
    answer: (_, request) =>
      request === 0 ? Array.from({ length: count }, (_, n) => taken(n + 1)) : undefined,
  });
  const puts = [producer.put(record("a")), producer.put(record("b"))];
  await clock.advance(1000);
  await Promise.all(puts);
  expect(requests.map((entries) => textsIn(entries).sort())).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});

it("an entry that has an error is refused, whatever else stands beside it", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer: (_, request) => (request === 0 ? [{ ...taken(1), ...throttled }] : undefined),
  });
  void producer.put(record("a"));
  await clock.advance(1000);
  expect(requests).toHaveLength(2);
});

it.each([
  ["text", "boom", "Error: boom"],
  ["nothing", undefined, "Error: undefined"],
  ["an error without a name", Object.assign(new Error("boom"), { name: undefined }), "Error: boom"],
  ["a name that is no text", { name: 404, message: "gone" }, "Error: gone"],
  ["an object without a prototype", Object.create(null), "Error: no error"],
])("a client that fails with %s fails its records with what is known", async (_, thrown, last) => {
  const { producer, clock } = fakeProducer({
    answer: () => Promise.reject(thrown),
    ttlMs: 500,
    list: () => Promise.reject(thrown),
  });
  const put = producer.put(record("a")).catch((error: PutError) => error);
  await clock.advance(3000);
  const error = (await put) as PutError;
  expect(error).toMatchObject({ name: "RecordExpired", mayHaveBeenPut: true });
  expect(error.message).toContain(`The last one: ${last}`);
  expect(producer.outstanding.records).toBe(0);
});

it("a client that throws at once, or answers at once with nothing, is tried again", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer(_, request) {
      if (request === 0) throw new Error("at once");
      return request === 1 ? ("text" as never) : undefined;
    },
  });
  const put = producer.put(record("a"));
  await clock.advance(2000);
  await put;
  expect(requests).toHaveLength(3);
});

it("failIfThrottled waits where it is not the shard that is full", async () => {
  const { producer, clock } = fakeProducer({
    failIfThrottled: true,
    answer: (_, request) =>
      request === 0 ? refusal("KMSThrottlingException", "slow down") : undefined,
  });
  const put = producer.put(record("a"));
  await clock.advance(1000);
  await put;
});

it("what is put again by who hears of a failure is none of what waited behind it", async () => {
  const again: Promise<unknown>[] = [];
  const { producer, clock, requests } = fakeProducer({
    aggregation: false,
    afterGivenUp: "failKey",
    answer: (_, request) => (request === 0 ? refusal("AccessDeniedException", "no") : undefined),
    on(event) {
      if (event.type === "failed" && again.length === 0)
        again.push(producer.put(record("a", "again")));
    },
  });
  void producer.put(record("a", "1"));
  await clock.advance(1000);
  await Promise.all(again);
  expect(requests.map(textsIn)).toEqual([["1"], ["again"]]);
});

it("records that were in the same requests share what is known of them", async () => {
  const { producer, clock } = fakeProducer({
    answer: (_, request) => (request < 3 ? new Error("lost") : undefined),
  });
  const puts = ["1", "2", "3"].map((data) => producer.put(record("a", data)));
  await clock.advance(5000);
  const [first, second, third] = await Promise.all(puts);
  expect(first!.attempts).toHaveLength(4);
  expect(second!.attempts).toBe(first!.attempts);
  expect(third!.attempts).toBe(first!.attempts);
});
