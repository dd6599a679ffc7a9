/** A machine's clock that is set, and a process that is frozen: what a producer measures, it measures by its own time. */
import { expect, it } from "vitest";
import { type Attempt, type PutError, producerMetrics } from "../../src/producer.ts";
import { fakeProducer, refusal, textsIn, throttled } from "./fake.ts";

const hourMs = 3_600_000;
const record = (data: string) => ({ partitionKey: "k", data });

it("a clock that is set back delays no record that waits for others", async () => {
  const { producer, clock, setClock, requests } = fakeProducer();
  void producer.put(record("1"));
  await clock.advance(50);
  setClock(-hourMs);
  await clock.advance(100);
  expect(requests.map(textsIn)).toEqual([["1"]]);
});

it("a clock that is set back delays no record that comes later", async () => {
  const { producer, clock, setClock, requests } = fakeProducer();
  void producer.put(record("1"));
  await clock.advance(1000);
  setClock(-hourMs);
  void producer.put(record("2"));
  await clock.advance(1000);
  expect(requests.map(textsIn)).toEqual([["1"], ["2"]]);
});

it("a clock that is set back, a little each time, delays no record that was refused", async () => {
  const { producer, clock, setClock, requests } = fakeProducer({
    answer: (_, request) => (request === 0 ? [throttled] : undefined),
  });
  const put = producer.put(record("1"));
  await clock.advance(100);
  for (let n = 0; n < 10; n++) {
    setClock(-500);
    await clock.advance(20);
  }
  await put;
  expect(requests).toHaveLength(2);
});

it.each([-hourMs, hourMs])(
  "a record expires when its TTL is over, though the clock is set by %i ms",
  async (ms) => {
    const { producer, clock, setClock } = fakeProducer({
      answer: () => new Error("lost"),
      ttlMs: 5000,
    });
    const put = producer.put(record("1")).catch((error: PutError) => error);
    await clock.advance(2000);
    setClock(ms);
    await clock.advance(2900);
    expect(producer.outstanding.records).toBe(1);
    await clock.advance(1200);
    expect(await put).toMatchObject({ name: "RecordExpired" });
  },
);

it("no attempt lasts less than nothing where the clock is set back", async () => {
  const { producer, clock, setClock, events } = fakeProducer({
    async answer() {
      await clock.sleep(40);
      setClock(-hourMs);
      return undefined;
    },
  });
  const put = producer.put(record("1"));
  await clock.advance(1000);
  const [{ durationMs }] = (await put).attempts as [Attempt];
  expect(durationMs).toBeGreaterThanOrEqual(0);
  expect(durationMs).toBeLessThanOrEqual(40);
  expect(events).toContainEqual({ type: "request", entries: 1, durationMs });
});

it("the buffering time that metrics tell leaves out what the clock was set by", async () => {
  const { producer, clock, setClock, lines } = fakeProducer({ metrics: producerMetrics() });
  void producer.put(record("1"));
  await clock.advance(50);
  setClock(hourMs);
  await clock.advance(1100);
  await producer.flush();
  void producer.put(record("2"));
  await clock.advance(100);
  await producer.flush();
  const times = lines.map((line) => JSON.parse(line).BufferingTime);
  expect(times).toHaveLength(2);
  expect(Math.max(...times)).toBeLessThanOrEqual(1000);
});

it("metrics are sent once a minute, though the clock is set back", async () => {
  const { producer, clock, setClock, lines } = fakeProducer({ metrics: producerMetrics() });
  void producer.put(record("1"));
  await clock.advance(1000);
  setClock(-hourMs);
  for (let n = 0; n < 3; n++) {
    void producer.put(record("2"));
    await clock.advance(61_000);
  }
  expect(lines.length).toBeGreaterThan(1);
});

it.each([
  "Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z",
  "Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z",
])("a request that was signed by a wrong clock is sent again: %s", async (message) => {
  const { producer, clock, requests } = fakeProducer({
    answer: (_, request) =>
      request === 0 ? refusal("InvalidSignatureException", message) : undefined,
  });
  const put = producer.put(record("1"));
  await clock.advance(1000);
  await put;
  expect(requests).toHaveLength(2);
});
