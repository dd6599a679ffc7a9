import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, it } from "vitest";
import { fakeProducer, refusal, textsIn } from "./fake.ts";

const record = (data: string) => ({ partitionKey: "k", data });

it("tryPut says no where put waits", async () => {
  const { producer, clock, requests } = fakeProducer({ maxOutstanding: { records: 2 } });
  expect(producer.tryPut(record("1"))).toBeDefined();
  expect(producer.tryPut(record("2"))).toBeDefined();
  expect(producer.tryPut(record("3"))).toBeUndefined();
  const third = producer.put(record("4"));
  const room = producer.room();
  expect(producer.outstanding.records).toBe(2);
  await clock.advance(1000);
  await room;
  await third;
  expect(requests.map(textsIn)).toEqual([["1", "2"], ["4"]]);
});

it("what waits is bounded by bytes too, but for one record", async () => {
  const { producer } = fakeProducer({ maxOutstanding: { bytes: 100 } });
  expect(producer.tryPut(record("x".repeat(90)))).toBeDefined();
  expect(producer.tryPut(record("x".repeat(90)))).toBeDefined();
  expect(producer.tryPut(record("x"))).toBeUndefined();
});

it("a stream of records is read as far as there is room", async () => {
  const { producer, clock, requests } = fakeProducer({ maxOutstanding: { records: 10 } });
  let made = 0;
  const source = Readable.from(
    (function* () {
      for (; made < 100; made++) yield record(String(made));
    })(),
  );
  const done = pipeline(source, producer.writable());
  await clock.advance(50);
  expect(made).toBeLessThan(60);
  await clock.advance(60_000);
  await done;
  expect(requests.flatMap(textsIn)).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
});

it("a record that is given up ends the stream of records", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  const done = pipeline(Readable.from([record("1")]), producer.writable()).catch((error) => error);
  await clock.advance(1000);
  expect(await done).toMatchObject({ name: "RecordRejected" });
});

it("the end of a stream of records leaves to flush what others have lost", async () => {
  const { producer, clock } = fakeProducer({
    answer: (entries) =>
      textsIn(entries).includes("lost") ? refusal("AccessDeniedException", "no") : undefined,
  });
  void producer.put(record("lost"));
  await clock.advance(1000);
  const done = pipeline(Readable.from([record("1")]), producer.writable());
  await clock.advance(1000);
  await done;
  expect(await producer.close()).toMatchObject({ failed: 1 });
});

it("close takes no more, and puts what is there", async () => {
  const { producer, clock, requests } = fakeProducer();
  void producer.put(record("1"));
  const closed = producer.close();
  await clock.advance(0);
  expect(await closed).toEqual({ failed: 0, errors: [] });
  expect(requests).toHaveLength(1);
  await expect(producer.put(record("2"))).rejects.toThrow("the producer is closed");
});

it("close within a time gives up what is not in by then", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => new Promise(() => {}),
    maxOutstanding: { records: 2 },
    maxRequests: 1,
  });
  for (const text of ["1", "2", "3"]) void producer.put(record(text));
  const closed = producer.close({ withinMs: 500 });
  await clock.advance(6500);
  const { failed, errors } = await closed;
  expect(failed).toBe(3);
  expect(errors.map(({ message }) => message)).toContain(
    'orders, partition key "k": the producer was closed before it was in, after 0 requests.',
  );
});
